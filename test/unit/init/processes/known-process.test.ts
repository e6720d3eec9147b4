import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, describe, test } from "node:test";
import { KnownProcess, userOf } from "../../../../src/init/processes/known-process.ts";

const own = process.getuid?.() ?? 0;
const nobody = 65_534;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function sleeper(uid = own): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn("sleep", ["600"], { stdio: "ignore", uid });
  started.push(child);
  await once(child, "spawn");
  return child as ChildProcess & { readonly pid: number };
}

function why(pid: number, uid: number): string {
  const known = KnownProcess.forked(pid, uid);
  return "why" in known ? known.why : "known";
}

describe("a pid that a template claims as its worker", () => {
  test("is believed for a descendant that runs as the user", async () => {
    const child = await sleeper(nobody);
    assert.equal(why(child.pid, nobody), "known");
    assert.deepEqual(userOf(child.pid)?.uid, nobody);
  });

  test("is not believed for a descendant of another user", async () => {
    const child = await sleeper();
    assert.equal(why(child.pid, nobody), `it does not run as uid ${nobody}`);
  });

  test("is not believed for a process that does not descend from init: its parent, init itself, the first process", () => {
    for (const pid of [process.ppid, process.pid, 1]) assert.equal(why(pid, own), "it does not descend from init");
  });

  test("is not believed without a process: kill(2) takes 0 for a whole process group", () => {
    for (const pid of [0, 2 ** 31 - 1, 2 ** 40]) assert.equal(why(pid, own), "the process does not exist");
  });

  test("is not believed while /proc cannot be read, and the cause is named", async (context) => {
    const child = await sleeper();
    const cause = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    context.mock.method(fs, "readFileSync", () => {
      throw cause;
    });
    syncBuiltinESMExports();
    try {
      assert.equal(why(child.pid, own), "init cannot verify it: EMFILE: too many open files");
      assert.throws(() => userOf(child.pid), cause);
    } finally {
      context.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });
});

describe("a signal", () => {
  test("reaches the process that is known", async () => {
    const child = await sleeper();
    const known = KnownProcess.spawned(child.pid);
    const ended = once(child, "exit");
    assert.equal(known.signal("SIGTERM"), true);
    assert.deepEqual(await ended, [null, "SIGTERM"]);
    assert.equal(known.signal("SIGTERM"), false, "it is gone");
  });

  test("reaches it while no descriptor is free to read /proc with", async (context) => {
    const child = await sleeper();
    const known = KnownProcess.spawned(child.pid);
    const ended = once(child, "exit");
    context.mock.method(fs, "readFileSync", () => {
      throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    });
    syncBuiltinESMExports();
    try {
      assert.equal(known.signal("SIGKILL"), true);
    } finally {
      context.mock.restoreAll();
      syncBuiltinESMExports();
    }
    assert.deepEqual(await ended, [null, "SIGKILL"]);
  });

  test("does not reach a process that has the pid of a reaped one", async () => {
    const child = await sleeper();
    KnownProcess.ended(child.pid).signal("SIGKILL");
    const ended = once(child, "exit");
    KnownProcess.spawned(child.pid).signal("SIGTERM");
    assert.deepEqual(await ended, [null, "SIGTERM"], "the first signal to come was the second");
  });
});
