// What forker does with each Worker option of an application with Workers of its own, compared with the type declarations of BullMQ.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WorkerOptions } from "bullmq";
import { pino } from "pino";
import type { Application } from "../../../src/app/application.ts";
import { warnOfIgnoredOptions } from "../../../src/app/ignored-options.ts";
import type { Loading } from "../../../src/app/loading.ts";
import { withAdopted } from "../../../src/app/with-adopted.ts";
import { AdoptedWorker } from "../../../src/bull/adoption/adopted-worker.ts";
import type { AdoptedWorkers } from "../../../src/bull/adoption/adopted-workers.ts";
import { newestBulls } from "../../support/bull-versions.ts";
import { keysOf } from "../../support/declared-keys.ts";

/** A value of each option that differs from the default. */
const values: Readonly<Record<string, unknown>> = {
  autorun: false,
  blockingConnection: false,
  concurrency: 3,
  connection: { host: "redis" },
  drainDelay: 2,
  limiter: { max: 1, duration: 1000 },
  lockDuration: 5_000,
  lockRenewTime: 1_000,
  maximumRateLimitDelay: 1_000,
  maxStalledCount: 0,
  maxStartedAttempts: 2,
  metrics: { maxDataPoints: 10 },
  name: "mailer",
  prefix: "shop",
  removeOnComplete: { count: 0 },
  removeOnFail: { age: 3600 },
  runRetryDelay: 2_000,
  settings: { backoffStrategy: () => 1 },
  skipLockRenewal: true,
  skipStalledCheck: true,
  skipVersionCheck: true,
  skipWaitingForReady: true,
  stalledInterval: 1_000,
  telemetry: { tracer: {}, contextManager: {} },
  useWorkerThreads: true,
  workerForkOptions: { execArgv: [] },
  workerThreadsOptions: { execArgv: [] },
};

/** BullMQ's own constructor acts on these, and src/bull/adoption: test/pid1/adoption.test.ts and adopted-members.test.ts show it. */
const asInBull = "autorun connection prefix useWorkerThreads workerForkOptions workerThreadsOptions".split(" ");

function adopt(options: object, processFn: (() => void) | null = () => {}): AdoptedWorker {
  const worker = {
    name: "mail",
    processFn: processFn ?? undefined,
    concurrency: 3,
  } as unknown as AdoptedWorker["worker"];
  return new AdoptedWorker({
    worker,
    options: options as WorkerOptions,
    parked: [],
    openBlocking: () => assert.fail("nothing connects here"),
    changed: () => {},
    closed: () => {},
  });
}

function warningsOf(...workers: AdoptedWorker[]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  warnOfIgnoredOptions(workers, log);
  return lines;
}

function applicationOf(one: AdoptedWorker): Application {
  const adopted = { all: [one], queues: ["mail"], forQueue: () => one } as unknown as AdoptedWorkers;
  const own = { processorFor: () => undefined, queueOptions: [] } as unknown as Application;
  return withAdopted(own, adopted, {} as Loading);
}

for (const {
  version: { major },
  folder,
} of newestBulls) {
  test(`every Worker option of BullMQ ${major} reaches the lane, means what it means in BullMQ, or is warned of`, () => {
    const declared = keysOf(folder, "WorkerOptions").toSorted();
    assert.deepEqual(declared, Object.keys(values).toSorted());
    const fates = declared.map((option) => {
      const one = adopt({ [option]: values[option] });
      const lane = applicationOf(one).optionsFor("mail") as Readonly<Record<string, unknown>>;
      const reaches = option === "concurrency" ? lane[option] === 3 : option in lane;
      const fate = [
        ...(reaches ? ["lane"] : []),
        ...(asInBull.includes(option) ? ["BullMQ"] : []),
        ...warningsOf(one).map(() => "warning"),
      ];
      return [option, fate] as const;
    });
    assert.deepEqual(
      fates.filter(([, fate]) => fate.length !== 1),
      [],
      "each has one fate",
    );
    const warned = fates.filter(([, fate]) => fate.includes("warning")).map(([option]) => option);
    assert.deepEqual(warned, ["skipLockRenewal", "skipWaitingForReady"]);
  });
}

describe("an option of the application's own Worker that forker ignores", () => {
  test("is warned of once, with the reason and what to do instead", () => {
    const one = adopt({ skipLockRenewal: true });
    const [{ queue, option, why, instead, msg } = {}, ...others] = [...warningsOf(one), ...warningsOf(one)];
    assert.deepEqual([queue, option, msg, others], ["mail", "skipLockRenewal", "ignored a Worker option", []]);
    assert.match(String(why), /the keeper renews the locks/);
    assert.match(String(instead), /FORKER_TIME_LIMITS/);
  });

  test("is not warned of if it asks for what forker does anyway, or if nothing would renew locks without it", () => {
    assert.deepEqual(warningsOf(adopt({ skipLockRenewal: false, skipWaitingForReady: undefined })), []);
    assert.deepEqual(warningsOf(adopt({ skipLockRenewal: true }, null)), []);
  });

  test("is one with a value that the keeper cannot read, as from the environment: the keeper does not get it", () => {
    const one = adopt({ lockDuration: "30000", maxStartedAttempts: "3", removeOnComplete: true, metrics: {} });
    const sent = JSON.parse(JSON.stringify(applicationOf(one).queueOptions)) as unknown;
    assert.deepEqual(sent, [{ pattern: "mail", concurrency: 3, metrics: {} }]);
    assert.deepEqual(
      warningsOf(one).map(({ option }) => option),
      ["lockDuration", "maxStartedAttempts", "removeOnComplete"],
    );
  });
});
