import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { judgeLoad, type LoadState } from "../../../src/app/judge-load.ts";
import { assertHolds } from "../../support/properties.ts";

const nothing: LoadState["since"] = { retries: 0, timers: 0, answerAgesMs: [] };
const state: LoadState = {
  isEvaluated: true,
  workers: 1,
  wait: "possible",
  waitedMs: 0,
  requests: 0,
  since: nothing,
  limit: undefined,
  processes: 0,
  timers: 0,
  others: 0,
  mayGoOn: true,
  calmMs: 0,
  silentMs: 0,
};
/** A module whose evaluation waits for Redis, and which has no Worker yet. */
const waiting = { isEvaluated: false, workers: 0, wait: "known" } as const;
/** A bootstrap that nothing awaits, which has created a Queue. */
const bootstrap = { workers: 0 } as const;
const quiet = { mayGoOn: false, calmMs: 20 };
const race = { dueInMs: 1_800, delayMs: 1_900 };

describe("judgeLoad", () => {
  const cases: [string, Partial<LoadState>, ReturnType<typeof judgeLoad>][] = [
    ["a module that has evaluated, with a Worker, once it is calm", { calmMs: 20 }, "complete"],
    ["the same, not yet calm", { calmMs: 19 }, "wait"],
    ["the same, while a file is read", { requests: 1, calmMs: 9_999 }, "wait"],
    ["with an open connection, whose server may reply", { others: 1, calmMs: 99 }, "wait"],
    ["with an open connection that has been silent", { others: 1, calmMs: 100 }, "complete"],
    ["with an open connection on which nothing is under way", { others: 1, ...quiet, silentMs: 20 }, "complete"],
    ["the same, shortly after its server has sent something", { others: 1, ...quiet, silentMs: 19 }, "wait"],
    ["with an interval", { timers: 1, calmMs: 100 }, "complete"],
    ["a module that waits for Redis alone", { ...waiting, calmMs: 20 }, "complete"],
    ["a module that waits for Redis and has an interval", { ...waiting, timers: 1, calmMs: 100 }, "complete"],
    ["a module that waits for Redis and has an open connection", { ...waiting, others: 1, calmMs: 100 }, "complete"],
    ["a Queue, and a timer that is left", { ...bootstrap, timers: 1, calmMs: 1_999 }, "wait"],
    ["the same, for long enough", { ...bootstrap, timers: 1, calmMs: 2_000 }, "complete"],
    ["a Queue alone", { ...bootstrap, calmMs: 20 }, "complete"],
    [
      "a Queue, and retries against a database that is away",
      { ...bootstrap, timers: 1, since: { ...nothing, retries: 1 }, waitedMs: 59_000, calmMs: 3_000 },
      "wait",
    ],
    [
      "a command that waits in a client, and retries that may be those of something else",
      { ...waiting, timers: 1, since: { ...nothing, retries: 1 }, waitedMs: 9_999, calmMs: 2_000 },
      "wait",
    ],
    [
      "the same, after a while",
      { ...waiting, timers: 1, since: { ...nothing, retries: 1 }, waitedMs: 10_000, calmMs: 100 },
      "complete",
    ],
    [
      "a Queue, and a poll that may never end",
      { ...bootstrap, timers: 1, since: { ...nothing, timers: 1 }, waitedMs: 9_999, calmMs: 2_000 },
      "wait",
    ],
    [
      "the same, after a while",
      { ...bootstrap, timers: 1, since: { ...nothing, timers: 1 }, waitedMs: 10_000, calmMs: 100 },
      "complete",
    ],
    [
      "a Queue, and a slow query",
      { ...bootstrap, others: 1, since: { ...nothing, answerAgesMs: [29_000] }, waitedMs: 29_000, calmMs: 29_000 },
      "wait",
    ],
    [
      "a Queue, and a subscription that is never answered",
      { ...bootstrap, others: 1, since: { ...nothing, answerAgesMs: [30_000] }, waitedMs: 29_000, calmMs: 29_000 },
      "complete",
    ],
    ["a child process that the module may wait for", { ...bootstrap, others: 1, processes: 1, calmMs: 9_999 }, "wait"],
    ["a reply of Redis in a race with a timer", { ...waiting, timers: 1, limit: race, calmMs: 100 }, "complete"],
    [
      "a Queue in a race with a timer, of which a third is over",
      { ...bootstrap, timers: 1, limit: { dueInMs: 1_200, delayMs: 1_900 }, calmMs: 600 },
      "complete",
    ],
    [
      "a race whose timer is about to fire while a connection is opened",
      { ...waiting, timers: 1, limit: { dueInMs: 250, delayMs: 1_900 }, requests: 1 },
      "complete",
    ],
    [
      "a Queue in a race with the timer of a driver that opens a connection",
      { ...bootstrap, timers: 1, limit: { dueInMs: 250, delayMs: 10_000 }, requests: 1 },
      "wait",
    ],
    ["a module that waits for something else", { ...waiting, wait: "none", calmMs: 9_999 }, "wait"],
    ["no Worker, and nothing left", { workers: 0, wait: "none", calmMs: 20 }, "empty"],
    ["no Worker, but a connection", { workers: 0, wait: "none", others: 1, calmMs: 9_999 }, "wait"],
  ];
  for (const [what, change, verdict] of cases)
    test(`${what}: ${verdict}`, () => assert.equal(judgeLoad({ ...state, ...change }), verdict));

  const durations = fc.integer({ min: 0, max: 70_000 });
  const states: fc.Arbitrary<LoadState> = fc.record({
    isEvaluated: fc.boolean(),
    workers: fc.integer({ min: 0, max: 2 }),
    wait: fc.constantFrom("none", "possible", "known"),
    waitedMs: durations,
    requests: fc.integer({ min: 0, max: 2 }),
    since: fc.record({ retries: fc.nat(2), timers: fc.nat(2), answerAgesMs: fc.array(durations, { maxLength: 2 }) }),
    limit: fc.option(fc.record({ dueInMs: durations, delayMs: durations }), { nil: undefined }),
    processes: fc.nat(1),
    timers: fc.nat(3),
    others: fc.nat(3),
    mayGoOn: fc.boolean(),
    silentMs: durations,
    calmMs: durations,
  });
  const holds = (property: (given: LoadState) => boolean) =>
    assertHolds(
      fc.property(states, (given) => property(given)),
      { runs: 5_000 },
    );

  test("more calm never makes a complete load incomplete", () => {
    holds((given) => judgeLoad(given) === "wait" || judgeLoad({ ...given, calmMs: given.calmMs + 1_000 }) !== "wait");
  });

  test("no timer that limits a known wait runs out", () => {
    const limit = { dueInMs: 250, delayMs: 1_000 };
    holds((given) => given.wait !== "known" || judgeLoad({ ...given, limit }) === "complete");
  });

  test("a bootstrap that retries to connect is never complete before it has created a Worker", () => {
    holds((given) => {
      const since = { ...given.since, retries: 1 };
      return judgeLoad({ ...given, since, workers: 0, wait: "possible" }) === "wait";
    });
  });

  test("a load that waits for what only a worker has is complete at last, whatever else goes on, if nothing retries", () => {
    holds((given) => {
      const since = { ...given.since, retries: 0, answerAgesMs: [] };
      const wait = given.wait === "none" ? "possible" : given.wait;
      return judgeLoad({ ...given, wait, since, requests: 0, calmMs: 10_000, waitedMs: 10_000 }) === "complete";
    });
  });

  test("nothing is complete that waits for nothing of a worker's", () => {
    holds((given) => judgeLoad({ ...given, wait: "none" }) !== "complete");
  });
});
