import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LateRedis } from "../../../src/app/late-redis.ts";
import type { AdoptedWorker } from "../../../src/bull/adoption/adopted-worker.ts";

const workload = [{ queues: ["*", "!reports"] }];
const process = async () => {};

function workerOf(queue: string, port: number, prefix = "bull", processor: unknown = process): AdoptedWorker {
  return {
    queue,
    prefix,
    processor,
    options: { connection: { port, password: "secret" } },
  } as unknown as AdoptedWorker;
}

describe("LateRedis", () => {
  test("is the place of the first Worker whose jobs are taken", async () => {
    const late = new LateRedis(workload, undefined);
    late.check(workerOf("reports", 6380));
    assert.equal(late.now, undefined);
    late.check(workerOf("mail", 6381, "shop"));
    late.check(workerOf("import", 6381, "shop"));
    late.check(workerOf("reports", 6382));
    const { connection, prefix } = await late.known;
    assert.deepEqual([connection["port"], prefix], [6381, "shop"]);
  });

  test("is the place of a Worker whose jobs the application takes itself", () => {
    const late = new LateRedis(workload, undefined);
    late.check(workerOf("hand", 6380, "bull", null));
    assert.equal(late.now?.text, "127.0.0.1:6380, prefix bull");
  });

  test("refuses a Worker on a second place, and names both without a password", () => {
    const late = new LateRedis(workload, undefined);
    late.check(workerOf("mail", 6380));
    assert.throws(() => late.check(workerOf("import", 6380, "shop")), {
      code: "ERR_FORKER_PLACES",
      exit: "badConfig",
      message:
        "Worker of queue import: expected its jobs in 127.0.0.1:6380, prefix bull, where this forker takes them, got 127.0.0.1:6380, prefix shop; start another forker for it, with its queue in WORKLOAD",
    });
  });

  test("refuses a FORKER_PREFIX that is not the prefix of the first Worker, and does not take its place", () => {
    const late = new LateRedis(workload, "jobs");
    assert.throws(() => late.check(workerOf("mail", 6380, "shop")), { code: "ERR_FORKER_PREFIX", exit: "badConfig" });
    assert.equal(late.now, undefined);
  });
});
