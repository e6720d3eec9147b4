import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseAccounts, readAccounts } from "../../../src/privileges/accounts.ts";

describe("/etc/passwd and /etc/group", () => {
  test("name root as every system does", () => {
    const accounts = readAccounts();
    assert.equal(accounts.user("root")?.uid, 0);
    assert.equal(accounts.user(0)?.name, "root");
    assert.equal(accounts.group(0)?.name, "root");
  });

  test("tell a name of digits from a number", () => {
    const accounts = parseAccounts("1000:x:5:5::/a:\nnode:x:1000:1000::/b:", "44:x:7:\nvideo:x:44:");
    assert.equal(accounts.user(1000)?.name, "node");
    assert.equal(accounts.user("1000")?.uid, 5);
    assert.equal(accounts.group(44)?.name, "video");
    assert.equal(accounts.group("44")?.gid, 7);
  });

  test("give the first of two entries, and skip lines that are not entries", () => {
    const passwd = "\n# a comment\nbroken\n+::::::\nbad:x:-1:0::/:\nfirst:x:5:6::/first:\nsecond:x:5:7::/second:\n";
    const accounts = parseAccounts(passwd, "one:x:6:\none:x:8:\nnone::\n");
    assert.equal(accounts.user(5)?.name, "first");
    assert.equal(accounts.group("one")?.gid, 6);
    for (const name of ["bad", "broken", "+", "# a comment"]) assert.equal(accounts.user(name), undefined);
    assert.equal(accounts.group("none"), undefined);
  });

  test("list a user's groups by the user's whole name", () => {
    const accounts = parseAccounts("", "a:x:1:ann\nb:x:2:joann,ann\nc:x:3:joann\nd:x:4:\ne:x:5: ann ,bob");
    assert.deepEqual(accounts.groupsOf("ann"), [1, 2, 5]);
    assert.deepEqual(accounts.groupsOf(""), [4]);
  });
});
