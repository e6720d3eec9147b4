import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UnrecoverableError } from "bullmq";
import { pino } from "pino";
import type { Application } from "../../../../src/app/application.ts";
import type { ForkerDefinition } from "../../../../src/app/definition.ts";
import { fenceHooks } from "../../../../src/app/hooks.ts";
import { Listeners } from "../../../../src/app/listeners.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import { JobTimeoutError } from "../../../../src/bull/worker/abort-reasons.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { fitReadableId } from "../../../../src/protocol/fit.ts";
import type { EndReport } from "../../../../src/protocol/messages.ts";
import { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";
import { JobEnds } from "../../../../src/worker/jobs/job-ends.ts";

/** A hook that never returns keeps this process alive for as long. */
const hookTimeoutMs = 1_000;
const bull = { api: { UnrecoverableError } } as unknown as Bull;

/** Records the hook calls, the ends passed on to other workers, and the log. */
function endsFor(stored: Partial<BullJob> | undefined) {
  const called: unknown[][] = [];
  const passedOn: EndReport[] = [];
  const lines: string[] = [];
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const definition: ForkerDefinition = {
    afterPerform: ({ id, attemptsMade }, result) => void called.push(["afterPerform", id, attemptsMade, result]),
    onFailure: async ({ id, attemptsMade }, error) => {
      called.push(["onFailure", id, attemptsMade, error]);
      await release;
    },
    processors: {},
  };
  const write = (line: string) => {
    const { msg, jobs = [] } = JSON.parse(line) as { msg: string; jobs?: string[] };
    lines.push([msg, ...jobs].join(" "));
  };
  const log = pino({ base: null }, { write });
  const hooks = fenceHooks(definition, hookTimeoutMs, log);
  const listeners = new Listeners(definition, log);
  const ends = new JobEnds({
    bull,
    application: { config: { verbose: false }, hooks, listeners } as unknown as Application,
    held: new HeldJobs({ changed: () => {}, unshown: () => {} }),
    log,
    passOn: (report) => passedOn.push(report),
  });
  const emitted: unknown[][] = [];
  const emit = (...event: unknown[]) => void emitted.push(event);
  const lane = { queue: "mail", find: () => Promise.resolve(stored), hears: () => true, emit } as unknown as Lane;
  return { ends, lane, called, emitted, passedOn, lines, release: resolve };
}

const jobOf = (fields: Partial<BullJob> = {}) =>
  ({ id: "1", attemptsMade: 1, returnvalue: "sent", ...fields }) as BullJob;
const failure = { name: "JobTimeoutError", message: "too long" };

describe("the end of a job that this process has written", () => {
  test("calls the hook for its outcome, and waits for the hook only if that is requested", async () => {
    const { ends, lane, called, emitted, release } = endsFor(undefined);
    const error = new Error("no");
    const [completed, failed] = [jobOf(), jobOf()];
    ends.written({ lane, job: completed, outcome: { result: "sent" } });
    ends.written({ lane, job: failed, outcome: { failure: error } });
    assert.deepEqual(emitted, [
      ["completed", completed, "sent", "active"],
      ["failed", failed, error, "active"],
    ]);
    assert.deepEqual(called, [
      ["afterPerform", "1", 1, "sent"],
      ["onFailure", "1", 1, error],
    ]);
    let isSettled = false;
    const settled = ends.settled().then(() => {
      isSettled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isSettled, false);
    release();
    await settled;
  });

  test("is left to another worker once the application was torn down, and hooks that still run are named", () => {
    const { ends, lane, called, emitted, passedOn, lines } = endsFor(undefined);
    ends.written({ lane, job: jobOf(), outcome: { failure: new Error("no") } });
    ends.tearDown();
    assert.deepEqual(lines, ["abandoned running hooks mail:1"]);
    ends.written({ lane, job: jobOf({ id: "2" }), outcome: { result: "sent" } });
    ends.written({ lane, job: jobOf({ id: "3" }), outcome: { failure: new JobTimeoutError("too long") } });
    assert.equal(called.length, 1);
    assert.equal(emitted.length, 1);
    const common = { queue: "mail", attemptsMade: 1, finishedOn: undefined };
    assert.deepEqual(passedOn, [
      { ...common, id: "2", failure: undefined },
      { ...common, id: "3", failure },
    ]);
  });
});

describe("the end of a job that another process has written", () => {
  test("calls the hook with the job as it was then, and emits its event, even if its next attempt has ended", async () => {
    const { ends, lane, called, emitted } = endsFor(jobOf({ attemptsMade: 2 }));
    await ends.writtenElsewhere(lane, { queue: "mail", id: "1", failure, attemptsMade: 1 }, () =>
      called.push(["heard"]),
    );
    assert.deepEqual(called[0], ["heard"]);
    const [hook, id, attemptsMade, error] = called[1] ?? [];
    assert.deepEqual([hook, id, attemptsMade], ["onFailure", "1", 1]);
    assert.ok(error instanceof JobTimeoutError);
    const [event, job, ...rest] = emitted[0] ?? [];
    assert.deepEqual([event, (job as BullJob).failedReason, ...rest], ["failed", "too long", error, "active"]);
  });

  test("passes an error that says so if it failed for good, and its result if it completed", async () => {
    const { ends, lane, called } = endsFor(jobOf());
    const report = { queue: "mail", id: "1", attemptsMade: 1 };
    await ends.writtenElsewhere(lane, { ...report, failure: { ...failure, name: "UnrecoverableError" } }, () => {});
    await ends.writtenElsewhere(lane, report, () => {});
    assert.ok(called[0]?.[3] instanceof UnrecoverableError);
    assert.deepEqual(called[1], ["afterPerform", "1", 1, "sent"]);
  });

  test("calls no hook, here or elsewhere, and is logged, if the job was removed meanwhile", async () => {
    const { ends, lane, called, lines } = endsFor(undefined);
    await ends.writtenElsewhere(lane, { queue: "mail", id: "1", failure, attemptsMade: 1 }, () =>
      called.push(["heard"]),
    );
    assert.deepEqual(called, [["heard"]]);
    assert.deepEqual(lines, ["skipped the hook of an ended job: it was removed"]);
  });

  test("calls no hook and is logged if no message carries the job's id", async () => {
    const { ends, lane, called, lines } = endsFor(jobOf());
    const id = fitReadableId("1".repeat(100_000));
    await ends.writtenElsewhere(lane, { queue: "mail", id, failure, attemptsMade: 1 }, () => called.push(["heard"]));
    assert.deepEqual(called, [["heard"]]);
    assert.deepEqual(lines, ["skipped the hook of an ended job: its id is too long"]);
  });

  test("is left to another worker by one whose application was torn down", async () => {
    const { ends, lane, called } = endsFor(jobOf());
    ends.tearDown();
    await ends.writtenElsewhere(lane, { queue: "mail", id: "1", failure, attemptsMade: 1 }, () =>
      called.push(["heard"]),
    );
    assert.deepEqual(called, []);
  });
});
