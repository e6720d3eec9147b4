import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Redis } from "ioredis";
import { BlockingWait, type Marker } from "../../src/bull/wait/blocking-wait.ts";
import { eventually, within } from "../support/deadline.ts";
import { useRedis } from "../support/use-redis.ts";

const { redis, client } = await useRedis();

const key = "bull:jobs:marker";

test("a wait that begins while its connection is being closed leaves no command behind that pops a marker", async () => {
  const blocking = new Redis(redis.url, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null });
  try {
    await once(blocking, "ready");
    const wait = new BlockingWait(blocking, () => undefined);
    blocking.disconnect(true);
    let marker: Marker | undefined;
    const found = async () => {
      while (marker === undefined && blocking.status !== "end") marker = await wait.wait([], [key], 60_000);
      return marker;
    };
    const taken = found();
    await once(blocking, "ready");
    const isBlocked = async () => /^blocked_clients:1\r$/m.test(await client.info("clients"));
    await eventually(20_000, "Redis to block the connection", isBlocked);
    await client.zadd(key, 0, "0");
    assert.deepEqual(await within(10_000, () => "the marker", taken), { key, member: "0", score: 0 });
  } finally {
    blocking.disconnect();
  }
});
