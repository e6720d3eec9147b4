import assert from "node:assert/strict";
import { test } from "node:test";
import { countDeathScript } from "../../../../src/bull/keys/held-lock-scripts.ts";
import { RedisModel } from "../../../simulation/redis/redis-model.ts";

const key = "bull:queue:job";

/** A job that has been started once, and how to count the death of its worker. `refused`: which write in the script Redis refuses. */
async function start() {
  let refused = Infinity;
  let writes = 0;
  const model = new RedisModel({
    now: () => 1_000,
    setTimer: () => () => undefined,
    decideInScript: ({ access }) =>
      access === "write" && ++writes === refused ? { refuse: "NOPERM this user has no permissions" } : "ok",
  });
  const client = model.connect();
  assert.ok(client !== undefined);
  await client.send(["HSET", key, "ats", "1"]);
  const count = async (refusedWrite = Infinity) => {
    [refused, writes] = [refusedWrite, 0];
    return await client.send(["EVAL", countDeathScript, "1", key, "1"]);
  };
  return { client, count };
}

test("a death is counted once, whichever write of the script Redis has refused", async () => {
  for (let write = 1; ; write++) {
    const { client, count } = await start();
    const wasRefused = await count(write).then(
      () => false,
      () => true,
    );
    if (!wasRefused) {
      assert.ok(write > 1, "the script writes nothing");
      return;
    }
    assert.equal(await count(), 1, `after write ${write} was refused`);
    await client.send(["HSET", key, "ats", "2"]);
    assert.equal(await count(), 2, `after write ${write} was refused`);
  }
});

test("each start counts once, and the count returns to zero when an attempt ends", async () => {
  const { client, count } = await start();
  assert.deepEqual([await count(), await count()], [1, 1]);
  await client.send(["HSET", key, "ats", "2"]);
  assert.equal(await count(), 2);
  await client.send(["HSET", key, "ats", "3", "atm", "1"]);
  assert.equal(await count(), 1);
  assert.equal(await client.send(["HGET", key, "forkerAlone"]), "1");
});
