import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { startPid1 } from "../support/pid1.ts";

const fixture = fileURLToPath(new URL("../fixtures/pid1/change-user.ts", import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), "forker-accounts-"));
after(() => rmSync(folder, { recursive: true }));

// The accounts of an image, bind-mounted in this namespace only.
writeFileSync(
  path.join(folder, "passwd"),
  "root:x:0:0::/root:/bin/sh\njobs:x:1000:1000::/home/jobs:/bin/sh\nother:x:33:33::/:/\n",
);
writeFileSync(path.join(folder, "group"), "root:x:0:\njobs:x:1000:\nvideo:x:44:jobs,other\nmail:x:8:other\n");
const image = [
  "sh",
  "-c",
  `mount --bind ${folder}/passwd /etc/passwd && mount --bind ${folder}/group /etc/group && exec "$@"`,
  "sh",
];
const onlyCapabilities = (...names: string[]) => [
  "setpriv",
  "--no-new-privs",
  "--inh-caps=-all",
  `--bounding-set=${["-all", ...names.map((name) => `+${name}`)].join()}`,
];
const asUser = (uid: number, gid: number) => ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];

const changeUser = (request: string, ...wrapper: string[]) =>
  startPid1({ command: [process.execPath, fixture, request], wrapper: [...image, ...wrapper] });

async function changed(request: string, ...wrapper: string[]) {
  await using process = await changeUser(request, ...wrapper);
  const outcome = await process.logged((line) => line["event"] === "changed");
  assert.equal(await process.exitCode(), 0);
  return outcome;
}

async function refused(exit: keyof typeof exitCodes, pattern: RegExp, request: string, ...wrapper: string[]) {
  await using process = await changeUser(request, ...wrapper);
  const { message } = await process.logged((line) => line["event"] === "refused");
  assert.match(String(message), pattern);
  assert.equal(await process.exitCode(), exitCodes[exit].code);
}

describe("root becomes another user for good", () => {
  test("with every thread, all groups and the environment, when it is named", async () => {
    const outcome = await changed("jobs");
    assert.ok((outcome["threads"] as number) > 8, "V8's threads, libuv's and a worker thread are among them");
    assert.deepEqual(outcome["identities"], [{ uid: 1000, gid: 1000, groups: [44, 1000] }]);
    assert.deepEqual(outcome["environment"], { home: "/home/jobs", user: "jobs", logName: "jobs" });
    assert.equal(outcome["rootIsGone"], true);
    assert.equal(outcome["childNoNewPrivileges"], true);
    assert.equal(outcome["childCapabilities"], "0000000000000000");
  });

  test("when it is given by numbers that no file knows", async () => {
    const outcome = await changed("1234:5678");
    assert.deepEqual(outcome["identities"], [{ uid: 1234, gid: 5678, groups: [5678] }]);
    assert.deepEqual(outcome["environment"], { home: "/" });
    assert.equal(outcome["rootIsGone"], true);
  });

  test("when forker has no more than SETUID and SETGID, and no_new_privs", async () => {
    const outcome = await changed("jobs:mail", ...onlyCapabilities("setuid", "setgid"));
    assert.deepEqual(outcome["identities"], [{ uid: 1000, gid: 8, groups: [8, 44] }]);
    assert.equal(outcome["childCapabilities"], "0000000000000000");
  });
});

describe("forker keeps its user", () => {
  test("when it is root and root is requested", async () => {
    const outcome = await changed("root");
    assert.deepEqual(outcome["identities"], [{ uid: 0, gid: 0, groups: [] }]);
    assert.equal(outcome["rootIsGone"], false);
    assert.equal(outcome["childNoNewPrivileges"], false);
  });

  test("when it already is the requested user, by name and by number", async () => {
    for (const request of ["jobs", "1000", "1000:1000"]) {
      const outcome = await changed(request, ...asUser(1000, 1000));
      assert.deepEqual(outcome["identities"], [{ uid: 1000, gid: 1000, groups: [] }]);
    }
  });

  test("when no change is requested, even as a user without an entry", async () => {
    const outcome = await changed("", ...asUser(1_234_567, 0));
    assert.deepEqual(outcome["identities"], [{ uid: 1_234_567, gid: 0, groups: [] }]);
  });
});

describe("the boot is refused with one line and an exit code", () => {
  test("for root when no user is named", () => refused("rootRefused", /FORKER_USER=root/, ""));
  test("for an unknown user", () => refused("noUser", /expected a user in .*, got "nosuch"/, "nosuch"));
  test("for an unknown group", () => refused("noUser", /expected a group in .*, got "nosuch"/, "jobs:nosuch"));
  test("for a number without a group", () => refused("badConfig", /1234:1234/, "1234"));
  test("for another user when forker is not root", () =>
    refused("otherUser", /expected root, which is needed to change to uid 33/, "other", ...asUser(1000, 1000)));
  test("under cap_drop: ALL", () =>
    refused("capability", /cap_add: \[SETGID, SETUID\]/, "jobs", ...onlyCapabilities("kill")));
});
