import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { adoptedConfig, requirePlace } from "../../../src/app/adopted-config.ts";
import type { AdoptedWorker } from "../../../src/bull/adoption/adopted-worker.ts";
import type { AdoptedWorkers } from "../../../src/bull/adoption/adopted-workers.ts";
import type { Settings } from "../../../src/config/settings.ts";

const settings = { redisUrl: "redis://127.0.0.1:6379", redisUrlGiven: false } as Settings;
const process = async () => {};

function workerOf(queue: string, port: number, processor: unknown, prefix = "bull"): AdoptedWorker {
  return { queue, prefix, processor, options: { connection: { port } } } as unknown as AdoptedWorker;
}

function placeWith(...all: AdoptedWorker[]): unknown {
  const config = adoptedConfig(settings, { all } as AdoptedWorkers, true, pino({ enabled: false }));
  const { connection } = config;
  return { port: typeof connection === "string" ? connection : connection["port"], prefix: config.prefix };
}

test("the place of the jobs is that of the Workers that take them", () => {
  const hand = workerOf("hand", 6381, undefined, "other");
  assert.deepEqual(placeWith(hand, workerOf("mail", 6380, process, "shop")), { port: 6380, prefix: "shop" });
});

test("an application that takes all jobs itself has the place of its Worker", () => {
  assert.deepEqual(placeWith(workerOf("hand", 6380, undefined, "shop")), { port: 6380, prefix: "shop" });
});

test("the error of a Worker on a server that forker did not guess says what to set", () => {
  const none = { all: [] as AdoptedWorker[] } as AdoptedWorkers;
  const config = adoptedConfig(settings, none, true, pino({ enabled: false }));
  const late = workerOf("mail", 6379, process, "shop");
  assert.throws(() => requirePlace(config, true)(late), {
    code: "ERR_FORKER_PLACES",
    message: /got 127\.0\.0\.1:6379, prefix shop; .* set REDIS_URL and FORKER_PREFIX to what its Workers use$/,
  });
  assert.throws(() => requirePlace(config)(late), { message: /start another forker for it/ });
});
