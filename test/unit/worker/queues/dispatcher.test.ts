import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Markers } from "../../../../src/bull/keys/markers.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { BlockingWait, Marker } from "../../../../src/bull/wait/blocking-wait.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import type { NotTakingReason } from "../../../../src/protocol/messages.ts";
import { Fetches } from "../../../../src/worker/jobs/fetches.ts";
import { Admission } from "../../../../src/worker/queues/admission.ts";
import { Dispatcher, type DispatcherParts } from "../../../../src/worker/queues/dispatcher.ts";
import { HigherLanes } from "../../../../src/worker/queues/higher-lanes.ts";

/**
 * Situations that last only microseconds with a real Redis: a marker that is popped while the worker stops taking, a job that is
 * being fetched, a delayed job that only this worker knows of.
 */
let log: string[];
/** Each reason to take no job, in order; undefined: it takes the next one. */
let reasons: (NotTakingReason | undefined)[];
/** The keys of the last wait. */
let awaited: string[];
let answerWait: ((marker: Marker | undefined) => void) | undefined;
let answerFetch: ((job: BullJob | undefined) => void) | undefined;
let finish: (() => void) | undefined;
let dispatcher: Dispatcher;
const job = { id: "1" } as BullJob;
/** A job that a worker has died with. */
const suspect = { id: "2" } as BullJob;

function laneThat(fetch: () => Promise<unknown>, queue = "queue", concurrency?: number): Lane {
  const keys = { marker: `${queue}:marker` };
  const isSuspect = (one: BullJob) => one === suspect;
  return { queue, keys, concurrency, limitedUntil: 0, dueAt: 0, fetch, isSuspect } as unknown as Lane;
}

const lane = laneThat(
  () =>
    new Promise((resolve) => {
      log.push("fetch");
      answerFetch = resolve;
    }),
);

const wait = {
  wait: (_ready: string[], keys: string[], waitMs: number) =>
    new Promise((resolve) => {
      awaited = keys;
      log.push(`wait ${Math.ceil(waitMs / 1000)} s`);
      answerWait = resolve;
    }),
  interrupt: () => log.push("interrupt"),
} as unknown as BlockingWait;

const markers = {
  firstReady: () => Promise.resolve(-1),
  mark: () => Promise.resolve(log.push("mark")),
  putBack: ({ member }: Marker) => Promise.resolve(log.push(`put back ${member}`)),
} as unknown as Markers;

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function dispatcherOf(
  concurrency: number | undefined,
  runner: DispatcherParts["runner"],
  failed: (error: unknown) => void,
): Dispatcher {
  const fetches = new Fetches("token");
  const admission = new Admission({ concurrency, fetches, judged: (reason) => reasons.push(reason) });
  const order = new HigherLanes(markers, failed);
  return new Dispatcher({ wait, markers, admission, fetches, order, runner, failed });
}

async function start(concurrency: number): Promise<void> {
  log = [];
  reasons = [];
  const runner = {
    run: (_lane: Lane, _job: BullJob, _token: string, mayFetchNext: () => boolean) =>
      new Promise<undefined>((resolve) => {
        log.push("run");
        finish = () => {
          log.push(mayFetchNext() ? "fetch next" : "fetch none");
          resolve(undefined);
        };
      }),
    handBackUnstarted: async () => void log.push("hand back"),
  };
  dispatcher = dispatcherOf(concurrency, runner, (error) => assert.fail(String(error)));
  dispatcher.setLanes([lane]);
  dispatcher.setFetchMode("take");
  await turn();
  log.length = reasons.length = 0;
}

function end(): void {
  dispatcher.end();
  answerWait?.(undefined);
}

beforeEach(() => start(1));
afterEach(end);

async function popped(score = 0, queue = "queue"): Promise<void> {
  answerWait?.({ key: `${queue}:marker`, member: score === 0 ? "0" : "1", score });
  await turn();
}

test("a marker that is popped as the worker stops taking is put back", async () => {
  dispatcher.setFetchMode("none");
  await popped();
  assert.deepEqual(log, ["interrupt", "put back 0"]);
  await dispatcher.quiet();
});

test("a job that is being fetched as the worker is suspended goes back without having run", async () => {
  await popped();
  dispatcher.setFetchMode("none");
  answerFetch?.(job);
  await dispatcher.quiet();
  assert.deepEqual(log, ["fetch", "interrupt", "hand back"]);
});

test("a job that is being fetched as a drain begins runs to its end", async () => {
  await popped();
  dispatcher.setFetchMode("finish");
  const drained = dispatcher.quiet();
  answerFetch?.(job);
  await turn();
  finish?.();
  await drained;
  assert.deepEqual(log, ["fetch", "interrupt", "run", "fetch none", "mark"]);
});

test("a delayed job that only this worker knows of is announced when the worker becomes busy", async () => {
  const dueAt = Date.now() + 2_500;
  await popped(dueAt);
  assert.deepEqual(log, ["wait 3 s"]);
  await popped();
  answerFetch?.(job);
  await turn();
  assert.deepEqual(log, ["wait 3 s", "fetch", "run", "put back 1"]);
  finish?.();
  await turn();
  assert.deepEqual(log.slice(4), ["fetch next", "wait 10 s"]);
});

test("a suspect goes back while another job runs, and nothing is taken before the worker is empty", async () => {
  end();
  await start(2);
  await popped();
  answerFetch?.(job);
  await turn();
  await popped();
  answerFetch?.(suspect);
  await turn();
  assert.deepEqual(log, ["fetch", "run", "wait 10 s", "fetch", "hand back"]);
  assert.deepEqual(reasons, ["emptyingForSuspect"]);
  finish?.();
  await turn();
  assert.deepEqual(reasons, ["emptyingForSuspect", undefined]);
  assert.deepEqual(log.slice(5), ["fetch none", "mark", "wait 10 s"]);
});

test("a suspect runs alone", async () => {
  end();
  await start(2);
  await popped();
  answerFetch?.(suspect);
  await turn();
  assert.deepEqual(log, ["fetch", "run"]);
  assert.deepEqual(reasons, ["suspectRunsAlone"]);
  finish?.();
  await turn();
  assert.deepEqual(reasons, ["suspectRunsAlone", undefined]);
  assert.deepEqual(log.slice(2), ["fetch none", "mark", "wait 10 s"]);
});

test("a place that waits for Redis is free, one that runs a job is not, and none is while jobs are being stopped", async () => {
  await popped();
  assert.deepEqual(log, ["fetch"]);
  assert.deepEqual(reasons, []);
  answerFetch?.(job);
  await turn();
  assert.deepEqual(reasons, ["full"]);
  dispatcher.setPaused(true);
  finish?.();
  await turn();
  assert.deepEqual(reasons, ["full", "stoppingJobs"]);
  dispatcher.setPaused(false);
  assert.deepEqual(reasons, ["full", "stoppingJobs", undefined]);
});

test("a lane that is full is not waited for until one of its jobs ends, which interrupts the wait for the others", async () => {
  end();
  log = [];
  const finishes: (() => void)[] = [];
  const runner = {
    run: (one: Lane) =>
      new Promise<undefined>((resolve) => finishes.push(() => resolve(void log.push(`end ${one.queue}`)))),
    handBackUnstarted: () => assert.fail("nothing to hand back"),
  };
  dispatcher = dispatcherOf(undefined, runner, (error) => assert.fail(String(error)));
  const fetching = (queue: string) => async () => (log.push(`fetch ${queue}`), job);
  dispatcher.setLanes([laneThat(fetching("mail"), "mail", 1), laneThat(fetching("sms"), "sms", 2)]);
  dispatcher.setFetchMode("take");
  await turn();
  log.length = 0;
  assert.deepEqual(awaited, ["mail:marker", "sms:marker"]);
  await popped(0, "mail");
  assert.deepEqual(awaited, ["sms:marker"]);
  await popped(0, "sms");
  assert.deepEqual(awaited, ["sms:marker"]);
  assert.deepEqual(log, ["fetch mail", "wait 10 s", "fetch sms", "wait 10 s"]);
  finishes[0]?.();
  await turn();
  assert.deepEqual(log.slice(4), ["end mail", "mark", "interrupt"]);
  answerWait?.(undefined);
  await turn();
  assert.deepEqual(awaited, ["mail:marker", "sms:marker"]);
  assert.deepEqual(reasons.slice(-1), [undefined]);
  await popped(0, "mail");
  await popped(0, "sms");
  assert.deepEqual(reasons.slice(-1), ["full"]);
});

test("a failed fetch leaves its marker to other workers", async () => {
  dispatcher.end();
  answerWait?.(undefined);
  const failures: unknown[] = [];
  const broken = laneThat(() => Promise.reject(new Error("LOADING")));
  const runner = {
    run: () => assert.fail("nothing to run"),
    handBackUnstarted: () => assert.fail("nothing to hand back"),
  };
  dispatcher = dispatcherOf(1, runner, (error) => failures.push(error));
  dispatcher.setLanes([broken]);
  dispatcher.setFetchMode("take");
  await turn();
  await popped();
  assert.deepEqual(log.slice(-1), ["mark"]);
  assert.match(String(failures[0]), /LOADING/);
});
