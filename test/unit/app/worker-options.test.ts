// Which Worker options and events a definition can have, compared with the type declarations of the supported versions of BullMQ.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkWorkerOptions } from "../../../src/app/check-worker-options.ts";
import type { ForkerDefinition } from "../../../src/app/definition.ts";
import { jobsAtATime, optionsBy, plainOptions } from "../../../src/app/queue-options.ts";
import { workerEvents } from "../../../src/app/validate.ts";
import { honouredOptions, refusedOptions } from "../../../src/app/worker-option-table.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { newestBulls } from "../../support/bull-versions.ts";
import { keysOf } from "../../support/declared-keys.ts";

for (const {
  version: { major },
  folder,
} of newestBulls) {
  describe(`of BullMQ ${major}`, () => {
    test("every Worker option is honoured, or refused with a reason", () => {
      const known = [...Object.keys(honouredOptions), ...Object.keys(refusedOptions)];
      assert.deepEqual(keysOf(folder, "WorkerOptions").toSorted(), known.toSorted());
    });

    test("every setting is honoured", () => {
      const known = ["backoffStrategy", "repeatKeyHashAlgorithm", "repeatStrategy"];
      assert.deepEqual(keysOf(folder, "AdvancedOptions").toSorted(), known);
    });

    test("every event can have a listener", () => {
      assert.deepEqual(keysOf(folder, "WorkerListener").toSorted(), workerEvents.toSorted());
    });
  });
}

const perform = async () => {};

function problem(options: object, place: "workerOptions" | "mail" = "mail"): string | undefined {
  const given =
    place === "mail" ? { processors: { mail: { process: perform, ...options } } } : { workerOptions: options };
  try {
    checkWorkerOptions({ processors: { "*": perform }, ...given }, "app.mjs");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ForkerError);
    assert.equal(error.exitCode, 78);
    assert.ok(!error.message.includes("\n"));
    return error.message;
  }
}

describe("a Worker option", () => {
  test("that forker refuses is named with the reason and what to do instead", () => {
    assert.equal(
      problem({ skipLockRenewal: true }),
      'app.mjs: processors["mail"].skipLockRenewal: not supported: the keeper renews the locks of all living workers, so a long job never runs twice; limit the time of a job with forker.timeLimits',
    );
    assert.equal(
      problem({ prefix: "shop" }, "workerOptions"),
      "app.mjs: workerOptions.prefix: not supported: all queues have one prefix; set forker.prefix in setup(), or FORKER_PREFIX",
    );
    for (const name of Object.keys(refusedOptions))
      assert.match(problem({ [name]: {} }) ?? "", new RegExp(`${name}: not supported: .+; .+`));
  });

  test("that BullMQ does not have is named, with the one that was probably meant", () => {
    assert.match(problem({ concurency: 2 }) ?? "", /got "concurency"; did you mean "?concurrency"?\?/);
  });

  test("that asks for what forker does anyway is accepted", () => {
    assert.equal(
      problem({ autorun: true, skipLockRenewal: false, useWorkerThreads: false, name: undefined }),
      undefined,
    );
  });

  const accepted: Readonly<Record<string, readonly unknown[]>> = {
    concurrency: [1, 10_000],
    limiter: [{ max: 1, duration: 1000 }],
    metrics: [{}, { maxDataPoints: 100 }],
    removeOnComplete: [{ count: 0 }, { age: 3600, count: 1000, limit: 10 }],
    settings: [{ backoffStrategy: () => 1 }, { repeatStrategy: () => 1, repeatKeyHashAlgorithm: "sha256" }],
    telemetry: [{ tracer: {}, contextManager: {} }],
    maxStalledCount: [0, 5],
    lockDuration: [1000],
    skipStalledCheck: [true],
    drainDelay: [0.5],
    name: ["mailer"],
  };
  const rejected: Readonly<Record<string, readonly unknown[]>> = {
    concurrency: [0, Infinity, "2", 10_001],
    limiter: [{ max: 1 }, { max: 0, duration: 1000 }, 5],
    metrics: [true, { maxDataPoints: 0 }],
    removeOnFail: [true, 100, {}, { count: "1" }],
    settings: [{ backoffStrategy: 5 }, { backOffStrategy: () => 1 }, () => 1],
    telemetry: [{ tracer: {} }, "otel"],
    maxStartedAttempts: [-1],
    lockDuration: [999],
    stalledInterval: [0],
    drainDelay: [0],
    name: [""],
  };
  for (const [name, values] of Object.entries(accepted))
    test(`${name} accepts ${JSON.stringify(values)}`, () => {
      for (const value of values) assert.equal(problem({ [name]: value }), undefined);
    });
  for (const [name, values] of Object.entries(rejected))
    test(`${name} rejects ${JSON.stringify(values)}, and says what it expects`, () => {
      for (const value of values)
        assert.match(
          problem({ [name]: value }) ?? "",
          new RegExp(`^app.mjs: processors\\["mail"\\].${name}: expected .+, got `),
        );
    });
});

describe("the options of a queue", () => {
  const backoffStrategy = () => 1;
  const repeatStrategy = async () => 1;
  const definition: ForkerDefinition = {
    workerOptions: { lockDuration: 5_000, maxStalledCount: 0, settings: { backoffStrategy, repeatStrategy } },
    processors: {
      "*": perform,
      mail: { process: perform, concurrency: 20, lockDuration: 9_000, maxStalledCount: undefined, on: {} },
      "mail-*": { process: perform, settings: { repeatStrategy: () => 2 }, removeOnFail: { count: 0 } },
    },
  };
  const optionsFor = optionsBy(definition);

  test("are its own before those for all queues, by the rule that chooses its processor", () => {
    const settings = { backoffStrategy, repeatStrategy };
    assert.deepEqual(optionsFor("shop"), { lockDuration: 5_000, maxStalledCount: 0, settings });
    assert.deepEqual(optionsFor("mail"), { lockDuration: 9_000, maxStalledCount: 0, concurrency: 20, settings });
    const bulk = optionsFor("mail-bulk");
    assert.equal(bulk.settings?.backoffStrategy, backoffStrategy);
    assert.equal(bulk.settings?.repeatStrategy?.(0, {}), 2);
    assert.deepEqual(bulk.removeOnFail, { count: 0 });
  });

  test("that init and the keeper act on are plain data by pattern", () => {
    const plain = JSON.parse(JSON.stringify(plainOptions(definition, optionsFor))) as unknown;
    const common = { lockDurationMs: 5_000, maxStalledCount: 0, hasBackOffStrategy: true };
    assert.deepEqual(plain, [
      { pattern: "*", ...common },
      { pattern: "mail", ...common, concurrency: 20, lockDurationMs: 9_000 },
      { pattern: "mail-*", ...common, removeOnFail: { count: 0 } },
    ]);
    const without = { processors: { "*": perform } };
    assert.deepEqual(plainOptions(without, optionsBy(without)), []);
  });

  test("add up to the jobs that a worker runs at a time", () => {
    const jobs = (queues: readonly string[], concurrency?: number) =>
      jobsAtATime({ queues, concurrency }, definition, optionsFor);
    assert.equal(jobs(["mail"]), 20);
    assert.equal(jobs(["mail", "shop"]), 21);
    assert.equal(jobs(["shop", "other"]), 1);
    assert.equal(jobs(["*"]), 21);
    assert.equal(jobs(["sms-*"]), 1);
    assert.equal(jobs(["mail", "shop"], 3), 3);
  });
});
