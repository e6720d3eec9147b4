import assert from "node:assert/strict";
import { test } from "node:test";
import { regainScript } from "../../../../src/bull/keys/regain-script.ts";
import { RedisModel } from "../../../simulation/redis/redis-model.ts";

const prefix = "bull:queue:";
const key = `${prefix}job`;

test("a job whose end Redis has refused halfway becomes active again while Redis refuses the command that writes the end", async () => {
  const model = new RedisModel({
    now: () => 1_000,
    setTimer: () => () => undefined,
    decideInScript: ({ name }) => (name === "HSET" ? { refuse: "NOPERM this user has no permissions" } : "ok"),
  });
  const client = model.connect();
  assert.ok(client !== undefined);
  // BullMQ's script has counted the attempt and added the job to the failed ones when Redis refuses to write `finishedOn`.
  await client.send(["HSET", key, "ats", "1", "atm", "1"]);
  await client.send(["ZADD", `${prefix}failed`, "1000", "job"]);
  const facts = ["10000", "job", "token", "1", "0", "fail", "1", "1000"];
  assert.equal(await client.send(["EVAL", regainScript, "1", key, prefix, ...facts]), "ours");
  assert.deepEqual(await client.send(["LRANGE", `${prefix}active`, "0", "-1"]), ["job"]);
  assert.equal(await client.send(["ZCARD", `${prefix}failed`]), 0);
  assert.equal(await client.send(["HGET", key, "atm"]), "0");
  assert.equal(await client.send(["GET", `${key}:lock`]), "token");
});
