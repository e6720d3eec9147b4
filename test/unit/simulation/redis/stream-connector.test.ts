import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { Redis, type RedisOptions } from "ioredis";
import type { Bull } from "../../../simulation/redis/differential/session.ts";
import type { Decision, RedisModelOptions } from "../../../simulation/redis/model-options.ts";
import { RedisModel } from "../../../simulation/redis/redis-model.ts";
import { streamConnector } from "../../../simulation/redis/wire/stream-connector.ts";
import { newestBulls } from "../../../support/bull-versions.ts";

/** Unlike once(), it does not reject when an error is emitted first. */
async function happens(client: Redis, event: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${event} did not happen within 30 s`)), 30_000);
    client.once(event, () => {
      clearTimeout(late);
      resolve();
    });
  });
}

function start(decide?: RedisModelOptions["decide"]) {
  const setTimer: RedisModelOptions["setTimer"] = (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  };
  const model = new RedisModel({ now: Date.now, setTimer, decide });
  const options: RedisOptions = {
    Connector: streamConnector(() => model),
    maxRetriesPerRequest: null,
    retryStrategy: () => 1,
  };
  return { model, options };
}

function connect(options: RedisOptions): Redis & Disposable {
  const client = new Redis({ ...options, replyMapping: "legacy" });
  client.on("error", () => undefined);
  return Object.assign(client, { [Symbol.dispose]: () => client.disconnect() });
}

/** Returns `first` once for a command with this name. */
function firstTime(name: string, first: Decision): RedisModelOptions["decide"] {
  let isDecided = false;
  return (request) => {
    if (request.name !== name || isDecided) return "ok";
    isDecided = true;
    return first;
  };
}

describe("ioredis on the model of Redis", () => {
  for (const protocol of [2, 3] as const) {
    test(`speaks RESP${protocol}, with text, bytes, pipelines and transactions`, async () => {
      using client = connect({ ...start().options, protocol });
      assert.equal(await client.set("key", "é€😀"), "OK");
      assert.equal(await client.get("key"), "é€😀");
      const bytes = Buffer.from([0, 255, 13, 10, 128]);
      await client.set("bytes", bytes);
      assert.deepEqual(await client.getBuffer("bytes"), bytes);
      await client.hset("hash", { a: "1", b: "2" });
      await client.zadd("zset", 1.5, "a");
      const answers = await client.pipeline().hgetall("hash").zrange("zset", "0", "-1", "WITHSCORES").exec();
      assert.deepEqual(answers, [
        [null, { a: "1", b: "2" }],
        [null, ["a", "1.5"]],
      ]);
      assert.deepEqual(await client.multi().incr("n").get("n").exec(), [
        [null, 1],
        [null, "1"],
      ]);
      await assert.rejects(client.lpush("key", "a"), /^ReplyError: WRONGTYPE/);
    });
  }

  test("resends a command whose answer was lost", async () => {
    for (const [decision, expected] of [
      ["lose-before", 1],
      ["lose-after", 2],
    ] as const) {
      using client = connect(start(firstTime("INCR", decision)).options);
      assert.equal(await client.incr("n"), expected);
    }
  });

  test("reconnects until the server accepts connections", async () => {
    const { model, options } = start();
    model.setReachability("refused");
    using client = connect(options);
    const answer = client.ping();
    await happens(client, "reconnecting");
    model.setReachability("up");
    assert.equal(await answer, "PONG");
    model.setReachability("refused");
    await happens(client, "close");
    model.setReachability("up");
    assert.equal(await client.ping(), "PONG");
  });
});

describe("a BullMQ worker on the model of Redis", () => {
  for (const { version, folder } of newestBulls) {
    test(`waits for jobs, and processes delayed and retried ones (${version.text})`, async () => {
      const { Queue, Worker, QueueEvents } = createRequire(import.meta.url)(folder) as Bull;
      const { model, options } = start();
      const connection = { connection: options as never };
      const queue = new Queue("queue", connection);
      const events = new QueueEvents("queue", connection);
      const process = async ({ attemptsMade, data }: { attemptsMade: number; data: unknown }) => {
        if (attemptsMade === 0) throw new Error("the first attempt fails");
        return await Promise.resolve({ data });
      };
      const worker = new Worker("queue", process, connection);
      await Promise.all([worker.waitUntilReady(), events.waitUntilReady()]);
      const jobs = [
        await queue.add("one", { n: 1 }, { attempts: 2 }),
        await queue.add("two", { n: 2 }, { attempts: 2, delay: 20 }),
      ];
      const results = await Promise.all(jobs.map(async (job) => await job.waitUntilFinished(events, 30_000)));
      assert.deepEqual(results, [{ data: { n: 1 } }, { data: { n: 2 } }]);
      const states = [...model.queue("queue").jobs.values()].map(({ states: own, lock }) => ({ states: own, lock }));
      assert.deepEqual(
        states,
        jobs.map(() => ({ states: ["completed"], lock: undefined })),
      );
      await Promise.all([worker.close(), queue.close(), events.close()]);
    });
  }
});
