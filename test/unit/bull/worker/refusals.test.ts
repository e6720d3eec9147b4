import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isInsideScript, isRedisError, type Refusal, refusalOf } from "../../../../src/bull/worker/refusals.ts";

const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
const bull = (code: number) => Object.assign(new Error(`code ${code}`), { code });

const cases: readonly (readonly [Refusal, unknown])[] = [
  ["transient", reply("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")],
  ["transient", reply("LOADING Redis is loading the dataset in memory")],
  ["transient", reply("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")],
  ["transient", reply("CLUSTERDOWN The cluster is down")],
  ["transient", reply("TRYAGAIN Multiple keys request during rehashing of slot")],
  ["transient", reply("READONLY You can't write against a read only replica. script: 1f, on @user_script:9.")],
  ["transient", reply("MISCONF Redis is configured to save RDB snapshots. script: 1f, on @user_script:9.")],
  ["transient", reply("NOREPLICAS Not enough good replicas to write. script: 1f, on @user_script:9.")],
  ["transient", reply("OOM command not allowed when used memory > 'maxmemory'. script: 1f, on @user_script:9.")],
  ["transient", reply("NOPERM this user has no permissions to run the 'evalsha' command")],
  [
    "transient",
    reply("ERR The user executing the script can't run this command or subcommand script: 1f, on @user_script:9."),
  ],
  // Before Redis 7.
  [
    "transient",
    reply("ERR Error running script (call to f_1f): @user_script:9: @user_script: 9: -OOM command not allowed"),
  ],
  // A provider's own error.
  ["transient", reply("ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.")],
  ["transient", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" })],
  ["transient", Object.assign(new Error("Failed to refresh slots cache."), { name: "ClusterAllFailedError" })],
  ["transient", new Error("Connection is closed.")],
  [
    "persistent",
    reply("WRONGTYPE Operation against a key holding the wrong kind of value script: 1f, on @user_script:9."),
  ],
  ["final", reply("ERR user_script:9: attempt to index a nil value script: 1f, on @user_script:9.")],
  ["persistent", reply("CROSSSLOT Keys in request don't hash to the same slot")],
  ["final", bull(-4)],
  ["final", bull(-9)],
  ["final", new Error("Unknown backoff strategy wavy.")],
  // Thrown by a result's toJSON.
  ["final", Object.assign(new Error("OOM"), { code: "ERR_OWN" })],
  ["final", "text"],
  ["notHeld", bull(-1)],
  ["notHeld", bull(-2)],
  ["notHeld", bull(-3)],
  ["notHeld", bull(-6)],
];

describe("a refused command", () => {
  for (const [expected, error] of cases) {
    test(`is ${expected}: ${(error as Error).message ?? error}`, () => assert.equal(refusalOf(error), expected));
  }
});

test("an error inside a script is distinguished from a refusal of the script", () => {
  assert.equal(isInsideScript(reply("OOM command not allowed script: 1f, on @user_script:9.")), true);
  assert.equal(isInsideScript(reply("NOPERM this user has no permissions to run the 'evalsha' command")), false);
  assert.equal(isInsideScript(bull(-2)), false);
});

test("an error that Redis answered is distinguished from one that BullMQ raised itself", () => {
  assert.equal(isRedisError(reply("OOM")), true);
  assert.equal(isRedisError(bull(-2)), true);
  assert.equal(isRedisError(Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" })), true);
  assert.equal(isRedisError(new Error("Unknown backoff strategy wavy.")), false);
});
