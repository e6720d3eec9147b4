import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { adoptedConfig } from "../../../src/app/adopted-config.ts";
import { knownRedis, LateRedis } from "../../../src/app/late-redis.ts";
import type { AdoptedWorker } from "../../../src/bull/adoption/adopted-worker.ts";
import type { AdoptedWorkers } from "../../../src/bull/adoption/adopted-workers.ts";
import type { Settings } from "../../../src/config/settings.ts";

const settings = { redisUrl: "redis://127.0.0.1:6379", redisUrlGiven: true } as Settings;
const process = async () => {};

function workerOf(queue: string, port: number, processor: unknown, prefix = "bull"): AdoptedWorker {
  return { queue, prefix, processor, options: { connection: { port } } } as unknown as AdoptedWorker;
}

function configWith(all: readonly AdoptedWorker[], workload?: string) {
  const given = { ...settings, workload } as Settings;
  return adoptedConfig(given, { all } as unknown as AdoptedWorkers, true, pino({ enabled: false }));
}

function placeWith(...all: AdoptedWorker[]): unknown {
  const redis = knownRedis(configWith(all).redis);
  const { connection, prefix } = redis ?? {};
  return { port: typeof connection === "object" ? connection["port"] : connection, prefix };
}

test("the place of the jobs is that of the Workers that take them", () => {
  const hand = workerOf("hand", 6381, undefined, "other");
  assert.deepEqual(placeWith(hand, workerOf("mail", 6380, process, "shop")), { port: 6380, prefix: "shop" });
});

test("an application that takes all jobs itself has the place of its Worker", () => {
  assert.deepEqual(placeWith(workerOf("hand", 6380, undefined, "shop")), { port: 6380, prefix: "shop" });
});

test("an application without a Worker that takes jobs has no place yet, whatever REDIS_URL names", () => {
  assert.ok(configWith([]).redis instanceof LateRedis);
  assert.ok(configWith([workerOf("mail", 6380, process)], "other").redis instanceof LateRedis);
});
