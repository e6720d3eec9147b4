import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { UserRequest } from "../../../src/config/settings.ts";
import { type ExitName, exitCodes } from "../../../src/exit/exit-codes.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { parseAccounts } from "../../../src/privileges/accounts.ts";
import type { Capability, Credentials } from "../../../src/privileges/credentials.ts";
import { checkSignalCapability, decidePrivileges, refuseRoot } from "../../../src/privileges/decide-privileges.ts";

const accounts = parseAccounts(
  [
    "root:x:0:0:root:/root:/bin/sh",
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin",
    "node:x:1000:1000::/home/node:/bin/bash",
    "homeless:x:1001:1001:::",
  ].join("\n"),
  ["root:x:0:", "www-data:x:33:", "node:x:1000:", "video:x:44:node,www-data", "audio:x:29:node", "jobs:x:2000:"].join(
    "\n",
  ),
);

function credentials(part: Partial<Credentials> = {}): Credentials {
  const capabilities: ReadonlySet<Capability> = new Set(part.uid === undefined ? ["KILL", "SETUID", "SETGID"] : []);
  return { uid: 0, gid: part.uid ?? 0, groups: [], capabilities, noNewPrivileges: false, ...part };
}

function decide(user: string | number, group?: string | number, who = credentials()) {
  return decidePrivileges({ user, group }, who, accounts);
}

function refused(exit: ExitName, pattern: RegExp, step: () => unknown): void {
  assert.throws(step, (cause) => {
    assert.ok(cause instanceof ForkerError, String(cause));
    assert.equal(cause.exit, exit);
    assert.match(cause.message, pattern);
    assert.doesNotMatch(cause.message, /\n/);
    return true;
  });
}

describe("root becomes", () => {
  test("a named user, with its groups, home and name", () => {
    assert.deepEqual(decide("node"), {
      kind: "drop",
      uid: 1000,
      gid: 1000,
      groups: [1000, 44, 29],
      home: "/home/node",
      name: "node",
    });
  });
  test("the same user by its number", () => assert.deepEqual(decide(1000), decide("node")));
  test("a user with another group, by name or number, and keeps the groups that list it", () => {
    const plan = { kind: "drop", uid: 1000, gid: 2000, groups: [2000, 44, 29], home: "/home/node", name: "node" };
    assert.deepEqual(decide("node", "jobs"), plan);
    assert.deepEqual(decide(1000, 2000), plan);
  });
  test("an unknown number, with a group", () => {
    const plan = { kind: "drop", uid: 1234, gid: 5678, groups: [5678], home: "/", name: undefined };
    assert.deepEqual(decide(1234, 5678), plan);
  });
  test("a user whose entry has no home", () => {
    const plan = decide("homeless");
    assert.equal(plan.kind === "drop" && plan.home, "/");
  });
  test("nobody else if root was requested", () => {
    for (const root of ["root", 0]) assert.deepEqual(decide(root), { kind: "keep" });
    assert.deepEqual(decide("root", "root"), { kind: "keep" });
    assert.equal(decide("root", "video").kind, "drop");
  });
  test("nobody else if nothing was requested: refuseRoot() decides later", () => {
    assert.deepEqual(decidePrivileges(undefined, credentials(), accounts), { kind: "keep" });
  });
});

describe("a process that is not root", () => {
  const thousand = credentials({ uid: 1000 });
  test("stays what it is if that is requested, by name or number", () => {
    for (const request of [["node"], [1000], ["node", "node"], [1000, 1000]] as const)
      assert.deepEqual(decide(request[0], request[1], thousand), { kind: "keep" });
  });
  test("stays what it is if nothing is requested, even as an unknown uid", () => {
    assert.deepEqual(decidePrivileges(undefined, credentials({ uid: 1234567 }), accounts), { kind: "keep" });
    assert.deepEqual(decide(1234567, 0, credentials({ uid: 1234567, gid: 0 })), { kind: "keep" });
  });
  test("may have the requested group as one of several", () => {
    const member = credentials({ uid: 1000, gid: 1000, groups: [44, 1000] });
    assert.deepEqual(decide("node", "video", member), { kind: "keep" });
  });
  test("cannot become another user, nor root", () => {
    refused("otherUser", /www-data.*expected root, which is needed to change to uid 33, got uid 1000/, () =>
      decide("www-data", undefined, thousand),
    );
    refused("otherUser", /expected root, which is needed to change to uid 0/, () =>
      decide("root", undefined, thousand),
    );
  });
  test("cannot change its group", () => {
    refused("otherUser", /in group 44, got group 1000/, () => decide("node", "video", thousand));
  });
});

describe("a request is refused before anything is changed", () => {
  test("for an unknown name", () => {
    refused("noUser", /FORKER_USER "nosuch": expected a user in \/etc\/passwd, got "nosuch"/, () => decide("nosuch"));
    refused("noUser", /FORKER_USER "node:nosuch": expected a group in \/etc\/group, got "nosuch"/, () =>
      decide("node", "nosuch"),
    );
  });
  test("for an unknown number without a group", () => {
    refused("badConfig", /expected a group.*1234:1234/, () => decide(1234));
  });
  test("for a missing capability, with its name and what to do", () => {
    const without = (...missing: Capability[]) =>
      credentials({
        capabilities: new Set((["KILL", "SETUID", "SETGID"] as const).filter((one) => !missing.includes(one))),
      });
    refused("capability", /SETUID.*cap_add: \[SETUID\]/, () => decide("node", undefined, without("SETUID")));
    refused("capability", /SETGID.*cap_add: \[SETGID\]/, () => decide("node", undefined, without("SETGID")));
    refused("capability", /\[SETGID, SETUID\]/, () => decide("node", undefined, without("SETGID", "SETUID")));
    assert.equal(decide("node", undefined, without("KILL")).kind, "drop");
  });
  test("with a message that says what requested it", () => {
    const request: UserRequest = { user: "nosuch", group: undefined };
    refused("noUser", /^forker\.user\(\) "nosuch"/, () =>
      decidePrivileges(request, credentials(), accounts, "forker.user()"),
    );
  });
  test("for root if nobody named it", () => {
    refused("rootRefused", /FORKER_USER=node.*FORKER_USER=root/, () => refuseRoot(undefined, 0));
    refuseRoot({ user: "root", group: undefined }, 0);
    refuseRoot(undefined, 1000);
  });
  test("for workers of another user without KILL", () => {
    const deaf = credentials({ capabilities: new Set(["SETUID", "SETGID"]) });
    refused("capability", /KILL.*cap_add: \[KILL\]/, () => checkSignalCapability(deaf, 1000));
    checkSignalCapability(deaf, 0);
    checkSignalCapability(credentials(), 1000);
    checkSignalCapability(credentials({ uid: 1000 }), 1000);
  });
  test("each with an exit code of its own", () => {
    const refusals: ExitName[] = ["noUser", "badConfig", "otherUser", "capability", "rootRefused", "system"];
    assert.equal(new Set(refusals.map((name) => exitCodes[name].code)).size, refusals.length);
  });
});

describe("docs/PRIVILEGES.md", () => {
  const document = readFileSync(new URL("../../../docs/PRIVILEGES.md", import.meta.url), "utf8");
  for (const name of ["rootRefused", "noUser", "badConfig", "otherUser", "capability", "system"] as const)
    test(`has the exit code of ${name}`, () => assert.match(document, new RegExp(`\\| ${exitCodes[name].code} \\|`)));
});
