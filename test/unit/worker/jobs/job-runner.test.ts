import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { Application } from "../../../../src/app/application.ts";
import type { CommandClient } from "../../../../src/bull/connection/new-client.ts";
import type { JobFate } from "../../../../src/bull/keys/held-locks.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import { moveBy, persistentJobs } from "../../../../src/bull/worker/job-moves.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";
import { JobEnds } from "../../../../src/worker/jobs/job-ends.ts";
import { NotOursError } from "../../../../src/worker/jobs/job-mover.ts";
import { JobRunner } from "../../../../src/worker/jobs/job-runner.ts";
import type { JobRunnerParts } from "../../../../src/worker/jobs/job-runner-parts.ts";

/** A BullMQ whose Redis refuses every end with this error. */
function refusing(refusal: Error): Bull {
  class Job {
    moveToCompleted() {
      return Promise.reject(refusal);
    }
    moveToFailed() {
      return Promise.reject(refusal);
    }
  }
  const api = { Job, UnrecoverableError: class extends Error {}, WaitingError: class extends Error {} };
  return { api } as unknown as Bull;
}

function jobOf(bull: Bull, fields: object): BullJob {
  const Job = persistentJobs(bull, client) as unknown as new () => BullJob;
  return Object.assign(new Job(), fields);
}

/** No job is handed back here. */
const client = {} as CommandClient;

/** Runs a job whose end the mover gives up on. BullMQ emits no event for it. */
async function givenUp(refusal: Error, fate: JobFate, work: "runs" | "failsBefore" = "runs") {
  const bull = refusing(refusal);
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const lines: string[] = [];
  let wakes = 0;
  const calls: string[] = [];
  const hooks = { has: { beforePerform: false, afterPerform: false, onFailure: false } };
  const done = () => Promise.resolve("done");
  const application = { config: { verbose: false }, hooks } as unknown as Application;
  const write = (line: string) => {
    const { msg, err } = JSON.parse(line) as { msg: string; err: { message: string } };
    lines.push(`${msg}: ${err.message}`);
  };
  const log = pino({}, { write });
  const runner = new JobRunner({
    bull,
    application,
    held,
    ends: new JobEnds({ bull, application, held, log, passOn: () => {} }),
    log,
    processorOf: () => done,
    now: () => 0,
    mover: () => ({
      move: () => Promise.reject(refusal),
      retry: () => Promise.reject(refusal),
      fate: () => Promise.resolve(fate),
      failsForGood: () => {},
    }),
    beforeFinish: () => undefined,
    tookStalled: () => {},
    ended: (one) => calls.push(held.all.includes(one) ? "ended, and held" : "ended"),
    lookAfterLocks: () => {},
    foundCopy: () => {},
    repairParent: () => Promise.resolve(),
    async wake() {
      wakes += 1;
    },
  });
  const job = jobOf(bull, {
    id: "1",
    token: "token",
    opts: {},
    data: {},
    attemptsStarted: 2,
    attemptsMade: 1,
    stalledCounter: 0,
  });
  const lane = {
    hears: () => false,
    queue: "queue",
    keys: { marker: "queue:marker" },
    async process() {
      if (work === "failsBefore") await job.moveToFailed(new Error("a child failed"), "token").catch(() => undefined);
      else await job.moveToCompleted(await runner.perform(lane, job, "token"), "token").catch(() => undefined);
      calls.push("moved");
    },
  } as unknown as Lane;
  await runner.run(lane, job, "token", () => true);
  // What is removed at the end, such as the mark of a job that waits for a runner, must outlast the attempt to move the job.
  assert.deepEqual(calls, ["moved", "ended"]);
  const isGivenUp = held.isGivenUp("token", "1");
  const { finished, unwritten } = held;
  const unwrittenEnds = unwritten.fitting.map(({ starts, ends, result }) => ({ starts, ends, result }));
  return { lost: held.lost.map(({ id }) => id), unwrittenEnds, isGivenUp, finished, lines, wakes };
}

describe("an end that was given up", () => {
  const wrongType = new Error("WRONGTYPE");

  test("is reported as lost if the worker still has the job, and the job does not run again for that", async () => {
    const lines = ["gave up writing the end of a job: WRONGTYPE"];
    const unwrittenEnds = [{ starts: 2, ends: 1, result: '"done"' }];
    const end = await givenUp(wrongType, "ours");
    assert.deepEqual(end, { lost: ["1"], unwrittenEnds, isGivenUp: true, finished: 0, lines, wakes: 1 });
  });

  test("is accounted for where the job fails before its processor runs, as a parent whose child has failed does", async () => {
    const lines = ["gave up writing the end of a job: WRONGTYPE"];
    const end = await givenUp(wrongType, "ours", "failsBefore");
    assert.deepEqual(end, { lost: ["1"], unwrittenEnds: [], isGivenUp: true, finished: 0, lines, wakes: 1 });
  });

  test("is logged if the job belongs to nobody", async () => {
    const lines = ["gave up writing the end of a job: WRONGTYPE"];
    const end = await givenUp(wrongType, "moved");
    assert.deepEqual(end, { lost: [], unwrittenEnds: [], isGivenUp: false, finished: 0, lines, wakes: 1 });
  });

  test("is ignored if another worker has the job", async () => {
    const end = await givenUp(new NotOursError("queue:1 is not ours any more"), "taken");
    assert.deepEqual(end, { lost: [], unwrittenEnds: [], isGivenUp: false, finished: 0, lines: [], wakes: 0 });
  });
});

describe("a completion that is given up", () => {
  /** Returns the error with which BullMQ then fails the job. */
  async function failedWith(cause: Error): Promise<Error> {
    const bull = refusing(cause);
    const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
    const runner = new JobRunner({
      bull,
      held,
      now: () => 0,
      mover: () => ({ retry: () => Promise.reject(cause), move: () => Promise.resolve() }),
      ended: () => {},
    } as unknown as JobRunnerParts);
    const job = jobOf(bull, { id: "1", token: "token", opts: { attempts: 2 }, stalledCounter: 0 });
    const errors: Error[] = [];
    const process = async () => {
      await job.moveToCompleted("done", "token").catch(async (error: Error) => {
        errors.push(error);
        await job.moveToFailed(error, "token");
      });
    };
    await runner.run({ hears: () => false, queue: "queue", process } as unknown as Lane, job, "token", () => true);
    const [error] = errors;
    assert.ok(error);
    assert.equal(error instanceof bull.api.UnrecoverableError, isRefusedByRedis(cause));
    return error;
  }
  const isRefusedByRedis = ({ name }: Error) => name === "ReplyError";

  test("fails the job for good with Redis' refusal: it has returned, and must not run again", async () => {
    const cause = Object.assign(new Error("WRONGTYPE"), { name: "ReplyError" });
    const { message, stack } = await failedWith(cause);
    assert.deepEqual([message, stack], ["WRONGTYPE", cause.stack]);
  });

  test("fails this attempt if BullMQ itself refuses it, as for a job that has children to wait for", async () => {
    const cause = Object.assign(new Error("has pending dependencies"), { code: -4 });
    assert.equal(await failedWith(cause), cause);
  });
});

/** A runner of jobs with this processor, and a job for it. */
function performing(api: unknown, processor: () => Promise<unknown>) {
  const bull = { api } as unknown as Bull;
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const application = { hooks: { has: { beforePerform: false } } } as unknown as Application;
  const runner = new JobRunner({
    bull,
    application,
    held,
    log: pino({ enabled: false }),
    processorOf: () => processor,
    now: () => 0,
    beforeFinish: () => undefined,
    ended: () => {},
  } as unknown as JobRunnerParts);
  const job = jobOf(bull, { id: "1", token: "token", opts: {}, data: {}, stalledCounter: 0, priority: 0 });
  return { runner, held, job };
}

describe("a processor that goes on after its job was ended without it", () => {
  const moves = ["moveToWait", "moveToDelayed", "moveToWaitingChildren", "moveToCompleted"] as const;

  /** A job that ignores its signal, and is ended in this way. Returns its moves that reached BullMQ, before and after that. */
  async function movesOf(outcome: "fail" | "handback") {
    const reached: string[] = [];
    const reach = (name: string) => Promise.resolve(void reached.push(name));
    class Job {
      readonly isMoved = false;
    }
    for (const name of [...moves, "moveToFailed"]) Object.assign(Job.prototype, { [name]: () => reach(name) });
    const Final = class extends Error {};
    const api = { Job, UnrecoverableError: Final, WaitingError: class extends Error {} };
    const { runner, held, job } = performing(api, () => new Promise(() => undefined));
    const reason = new Error("stopped");
    const process = async () => {
      const performed = runner.perform(lane, job, "token");
      const [one] = held.all;
      assert.ok(one);
      one.ending = { reason, outcome };
      await job.moveToDelayed(1, "token");
      one.enforce(reason);
      for (const name of moves) await assert.rejects((job[name] as () => Promise<unknown>).call(job), reason);
      await performed.catch((error: Error) => (error instanceof Final ? job.moveToFailed(error, "token") : undefined));
      one.outcome = undefined;
    };
    const lane = { hears: () => false, untrack: () => {}, queue: "queue", process } as unknown as Lane;
    await runner.run(lane, job, "token", () => true);
    return reached;
  }

  test("cannot move it, because it may still be active while Redis refuses its end", async () => {
    assert.deepEqual(await movesOf("fail"), ["moveToDelayed", "moveToFailed"]);
  });

  test("cannot move it, and forker can hand it back", async () => {
    assert.deepEqual(await movesOf("handback"), ["moveToDelayed", "moveToWait"]);
  });
});

describe("a job that is stopped at its soft limit", () => {
  class Final extends Error {}
  class Job {
    readonly isMoved = false;
  }

  /** Returns the error with which BullMQ ends a job that ends with this one after its signal was aborted. */
  async function endedWith(thrown: Error): Promise<unknown> {
    const api = { Job, UnrecoverableError: Final, WaitingError: class extends Error {} };
    const { runner, held, job } = performing(api, () => Promise.reject(thrown));
    const errors: unknown[] = [];
    const process = async () => {
      const performed = runner.perform(lane, job, "token");
      const [one] = held.all;
      assert.ok(one);
      one.ending = { reason: soft, lateReason: hard, outcome: "retry" };
      await performed.catch((error: unknown) => errors.push(error));
      one.outcome = undefined;
    };
    const lane = { hears: () => false, untrack: () => {}, queue: "queue", process } as unknown as Lane;
    await runner.run(lane, job, "token", () => true);
    return errors[0];
  }
  const [soft, hard] = [new Error("soft"), new Error("hard")];

  test("fails with that limit if its processor rejects", async () => {
    assert.equal(await endedWith(soft), soft);
    assert.equal(await endedWith(new Error("aborted")), soft);
  });

  test("fails with the hard limit if its runner had to be killed at that", async () => {
    assert.equal(await endedWith(hard), hard);
  });

  test("fails for good if its processor says so", async () => {
    const final = new Final("never again");
    assert.equal(await endedWith(final), final);
  });
});

test("a job that a stalled check had found is reported, and an error that BullMQ reports is logged with the job's id", async () => {
  const lines: { msg: string; queue: string; job: string }[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) });
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const circular = new TypeError("Converting circular structure to JSON");
  const retry = () => Promise.reject(circular);
  const stalled: unknown[] = [];
  const tookStalled = (one: unknown) => void stalled.push(one);
  const now = () => 0;
  const runner = new JobRunner({
    held,
    log,
    tookStalled,
    now,
    mover: () => ({ retry }),
  } as unknown as JobRunnerParts);
  const job = jobOf(refusing(circular), { id: "7", opts: {}, stalledCounter: 1 });
  const lane = {
    hears: () => false,
    queue: "mail",
    process: () => job.moveToCompleted({}, "token").catch((error: Error) => runner.error(lane, error)),
  } as unknown as Lane;
  await assert.rejects(runner.run(lane, job, "token", () => true));
  assert.deepEqual(
    lines.map(({ msg, queue, job: id }) => [msg, queue, id]),
    [["BullMQ reported an error", "mail", "7"]],
  );
  assert.deepEqual(stalled, [{ queue: "mail", id: "7" }]);
});

describe("a failure that BullMQ cannot record", () => {
  test("fails the job for good, with the reason and the trace that it had", async () => {
    const tries: string[] = [];
    class Job {
      stacktrace: string[] = ["before"];
      async moveToFailed(error: Error) {
        this.stacktrace.push(error.message);
        tries.push(error.constructor.name);
        if (tries.length === 1) throw new Error("Unknown backoff strategy");
      }
    }
    class UnrecoverableError extends Error {}
    const Persistent = persistentJobs({ api: { Job, UnrecoverableError } } as unknown as Bull, client);
    const job = new (Persistent as unknown as new () => BullJob)();
    const causes: unknown[] = [];
    const isRetry = false;
    moveBy(job, {
      move: (_, attempt) => attempt(isRetry),
      failsForGood: (cause) => void causes.push((cause as Error).message),
    });
    await job.moveToFailed(new Error("no"), "token", true);
    assert.deepEqual(tries, ["Error", "UnrecoverableError"]);
    assert.deepEqual(job.stacktrace, ["before", "no"]);
    assert.deepEqual(causes, ["Unknown backoff strategy"]);
  });
});

/** With a real Redis, the order matters only if a renewal comes between two commands. */
test("a job is released before it is handed back: BullMQ would complain of a lock that it cannot renew", async () => {
  const calls: string[] = [];
  const lane = {
    queue: "queue",
    keys: { marker: "queue:marker" },
    find: () => Promise.resolve(undefined),
    untrack: (id: string) => calls.push(`untrack ${id}`),
  } as unknown as Lane;
  const job = {
    id: "1",
    priority: 0,
    moveToWait: () => Promise.resolve(calls.push("move to wait")),
  } as unknown as BullJob;
  const held = new HeldJobs({ changed: () => {}, unshown: () => {} });
  const runner = new JobRunner({
    bull: {} as Bull,
    application: {} as Application,
    held,
    ends: {} as JobEnds,
    log: pino({ enabled: false }),
    processorOf: () => undefined,
    now: () => 0,
    mover: () => ({
      move: (_, attempt) => attempt(false),
      retry: () => Promise.reject(new Error("expected no refusal")),
      fate: () => Promise.resolve("ours"),
      failsForGood: () => {},
    }),
    beforeFinish: () => undefined,
    tookStalled: () => {},
    ended: () => {},
    lookAfterLocks: () => {},
    foundCopy: () => {},
    repairParent: () => Promise.resolve(),
    wake: () => Promise.resolve(),
  });
  await runner.handBackUnstarted(lane, job, "token");
  assert.deepEqual(calls, ["untrack 1", "move to wait"]);
  assert.deepEqual(held.handedBack, [{ queue: "queue", id: "1" }]);
});

test("an error that BullMQ repeats and that concerns no job is logged once in a while, each kind for itself", () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push((JSON.parse(line) as { err: { message: string } }).err.message);
  const runner = new JobRunner({ log: pino({}, { write }) } as unknown as JobRunnerParts);
  const lane = { queue: "mail" } as unknown as Lane;
  for (const message of ["WRONGPASS invalid", "WRONGPASS disabled", "NOPERM no", "WRONGPASS invalid"])
    runner.error(lane, new Error(message));
  assert.deepEqual(lines, ["WRONGPASS invalid", "NOPERM no"]);
});
