import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCapabilities, isWholly, parseCredentials, readCredentials } from "../../../src/privileges/credentials.ts";
import { removeDangerousEnvironment } from "../../../src/privileges/dangerous-environment.ts";

const dropped = [
  "Name:\tnode",
  "Uid:\t1000\t1000\t1000\t1000",
  "Gid:\t1000\t1000\t1000\t1000",
  "Groups:\t44 29 1000 ",
  "CapInh:\t0000000000000000",
  "CapPrm:\t0000000000000000",
  "CapEff:\t0000000000000000",
  "CapBnd:\t00000000000000c0",
  "CapAmb:\t0000000000000000",
  "NoNewPrivs:\t1",
].join("\n");

describe("the identity of a process", () => {
  test("is what Node says about this one", () => {
    const { uid, gid, groups } = readCredentials();
    assert.equal(uid, process.geteuid?.());
    assert.equal(gid, process.getegid?.());
    // getgroups() adds the effective group.
    const all = [...new Set([...groups, gid])].sort((a, b) => a - b);
    assert.deepEqual(
      all,
      process.getgroups?.().sort((a, b) => a - b),
    );
  });

  test("is read from its status: effective ids, groups, capabilities", () => {
    const status = dropped
      .replace("Uid:\t1000\t1000", "Uid:\t0\t1000")
      .replace("CapEff:\t0000000000000000", "CapEff:\t00000000000000a0");
    assert.deepEqual(parseCredentials(status), {
      uid: 1000,
      gid: 1000,
      groups: [29, 44, 1000],
      capabilities: new Set(["KILL", "SETUID"]),
      noNewPrivileges: true,
    });
  });

  test("has no groups if the kernel lists none", () => {
    assert.deepEqual(parseCredentials(dropped.replace("44 29 1000 ", "\nNStgid:\t77")).groups, []);
  });

  test("is wholly one user's only if nothing of another is left", () => {
    assert.ok(isWholly(dropped, 1000, 1000, [1000, 44, 29]));
    const leftovers = [
      dropped.replace("Uid:\t1000", "Uid:\t0"),
      dropped.replace("1000\nGid", "0\nGid"),
      dropped.replace("Gid:\t1000\t1000\t1000", "Gid:\t1000\t1000\t0"),
      dropped.replace("Groups:\t44", "Groups:\t0 44"),
      dropped.replace("Groups:\t44 ", "Groups:\t"),
      dropped.replace("Groups:\t44 29 1000 ", "Groups:\t "),
      "",
    ];
    for (const status of leftovers) assert.ok(!isWholly(status, 1000, 1000, [1000, 44, 29]), status);
  });

  test("has capabilities if any is effective, permitted or ambient; the bounding set alone does not count", () => {
    assert.ok(!hasCapabilities(dropped));
    for (const set of ["Eff", "Prm", "Amb"])
      assert.ok(hasCapabilities(dropped.replace(`Cap${set}:\t0000000000000000`, `Cap${set}:\t0000000000000020`)), set);
  });
});

describe("a dangerous environment", () => {
  test("is cleaned, and what was removed is named", () => {
    const environment = { UV_USE_IO_URING: "1", PATH: "/bin" };
    assert.deepEqual(removeDangerousEnvironment(environment), ["UV_USE_IO_URING"]);
    assert.deepEqual(environment, { PATH: "/bin" });
    assert.deepEqual(removeDangerousEnvironment(environment), []);
  });
});
