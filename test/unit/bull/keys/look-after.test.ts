import assert from "node:assert/strict";
import { test } from "node:test";
import { lookAfterScript } from "../../../../src/bull/keys/held-lock-scripts.ts";
import { RedisModel } from "../../../simulation/redis/redis-model.ts";

const prefix = "bull:queue:";

/** What the script says of a job that a worker has taken, after another process has done this to it. */
async function fateAfter(...commands: readonly (readonly string[])[]): Promise<unknown> {
  const model = new RedisModel({ now: () => 1_000, setTimer: () => () => undefined });
  const client = model.connect();
  assert.ok(client !== undefined);
  await client.send(["HSET", `${prefix}job`, "ats", "1", "atm", "0"]);
  await client.send(["LPUSH", `${prefix}active`, "job"]);
  for (const command of commands) await client.send(command);
  const words = [`${prefix}active`, `${prefix}stalled`, prefix, "10000", "job", "token", "1", "0", "0"];
  return await client.send(["EVAL", lookAfterScript, "2", ...words]);
}

/** As BullMQ's stalled check does it. */
const found = [
  ["LREM", `${prefix}active`, "0", "job"],
  ["RPUSH", `${prefix}wait`, "job"],
] as const;

test("a job without a lock that no worker has taken since is its worker's", async () => {
  assert.deepEqual(await fateAfter(), ["ours"]);
});

test("a job that a stalled check has put back waits to run again, and one that its processor has moved does not", async () => {
  assert.deepEqual(await fateAfter(...found, ["HINCRBY", `${prefix}job`, "stc", "1"]), ["stalled"]);
  assert.deepEqual(await fateAfter(...found, ["HINCRBY", `${prefix}job`, "stalledCounter", "1"]), ["stalled"]);
  assert.deepEqual(await fateAfter(...found), ["moved"]);
});

test("a job that a worker has taken after a stalled check belongs to that worker", async () => {
  const taken = ["HINCRBY", `${prefix}job`, "ats", "1"];
  assert.deepEqual(await fateAfter(...found, ["HINCRBY", `${prefix}job`, "stc", "1"], taken), ["taken"]);
});
