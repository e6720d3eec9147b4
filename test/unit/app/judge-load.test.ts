import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judgeLoad, type LoadState } from "../../../src/app/judge-load.ts";

const state: LoadState = { isEvaluated: true, workers: 1, waitsForWorker: true, timers: 0, others: 0, calmMs: 0 };

describe("judgeLoad", () => {
  const cases: [string, Partial<LoadState>, ReturnType<typeof judgeLoad>][] = [
    ["a module that has evaluated, with a Worker, once it is calm", { calmMs: 20 }, "complete"],
    ["the same, not yet calm", { calmMs: 19 }, "wait"],
    ["with an open connection, whose server may reply", { others: 1, calmMs: 99 }, "wait"],
    ["with an open connection that has been silent", { others: 1, calmMs: 100 }, "complete"],
    ["with an interval", { timers: 1, calmMs: 100 }, "complete"],
    ["a module that waits for Redis alone", { isEvaluated: false, workers: 0, calmMs: 20 }, "complete"],
    ["a module that may wait for a timer", { isEvaluated: false, timers: 1, calmMs: 1_999 }, "wait"],
    ["a module that has a timer and waits for Redis", { isEvaluated: false, timers: 1, calmMs: 2_000 }, "complete"],
    [
      "a module that waits for something else",
      { isEvaluated: false, workers: 0, waitsForWorker: false, calmMs: 9_999 },
      "wait",
    ],
    ["no Worker, and nothing left", { workers: 0, waitsForWorker: false, calmMs: 20 }, "empty"],
    ["no Worker, but a connection", { workers: 0, waitsForWorker: false, others: 1, calmMs: 9_999 }, "wait"],
    ["no Worker yet, but a parked client", { workers: 0, calmMs: 20 }, "complete"],
  ];
  for (const [what, change, verdict] of cases)
    test(`${what}: ${verdict}`, () => assert.equal(judgeLoad({ ...state, ...change }), verdict));
});
