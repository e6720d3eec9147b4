import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { pino } from "pino";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import { EndJudge, type EndJudgeParts } from "../../../../src/worker/runners/end-judge.ts";
import type { Runner, Work } from "../../../../src/worker/runners/runner.ts";

const beginTimeMs = 10_000;
const stepMs = 100;

/** A runner that has just been sent a job, and why it is killed. */
function given(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const kills: string[] = [];
  const runner = { id: 7, hasStarted: false, isClosed: false } as Runner;
  const parts = { has: () => true, kill: (_, why) => void kills.push(why) } as Partial<EndJudgeParts> as EndJudgeParts;
  new EndJudge(parts).given(runner);
  const pass = (durationMs: number) => {
    // In steps: within one, the second timer begins only at its end.
    for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) context.mock.timers.tick(stepMs);
  };
  return { runner, kills, pass };
}

describe("a job whose runner is killed because it did not begin in time", () => {
  /** The runner begins the job right before it is killed. */
  function killed(context: TestContext, unstarted: number) {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { fates, work, judge, runner } = judged(unstarted);
    judge.given(runner);
    for (let passedMs = 0; passedMs < beginTimeMs; passedMs += stepMs) context.mock.timers.tick(stepMs);
    runner.hasStarted = true;
    judge.closed(runner);
    judge.reported(runner, "ordered", "it did not begin its job in time");
    return { fates, work };
  }

  function judged(unstarted: number) {
    const fates: string[] = [];
    const held = { lane: { queue: "jobs" }, job: { id: "1" } } as unknown as HeldJob;
    const work = {
      held,
      unstarted,
      isOver: false,
      reject: ({ message }: Error) => fates.push(message),
    } as unknown as Work;
    const judge = new EndJudge({
      log: pino({ level: "silent" }),
      judgeKill: () => assert.fail("nothing outside has killed it"),
      kill: () => undefined,
      has: () => true,
      forget: () => undefined,
      again: () => fates.push("runs again"),
      over: (_, settle) => settle(),
    });
    const runner = { id: 7, hasStarted: false, isClosed: false, work } as Runner;
    return { fates, work, judge, runner };
  }

  test("gets another runner, although this one has begun it meanwhile", (context) => {
    const { fates, work } = killed(context, 0);
    assert.deepEqual([fates, work.unstarted], [["runs again"], 1]);
  });

  test("fails after the third one", (context) => {
    assert.deepEqual(killed(context, 3).fates, ["the job's process ended: it did not begin its job in time"]);
  });
});

describe("a runner that was sent a job", () => {
  test("is killed if it stands still, so that another one gets the job", (context) => {
    const { kills, pass } = given(context);
    pass(beginTimeMs - stepMs);
    assert.deepEqual(kills, []);
    pass(stepMs);
    assert.deepEqual(kills, ["it did not begin its job in time"]);
  });

  test("is not killed once it has begun it, or has closed its channel", (context) => {
    for (const change of [{ hasStarted: true }, { isClosed: true }]) {
      const { runner, kills, pass } = given(context);
      Object.assign(runner, change);
      pass(beginTimeMs);
      assert.deepEqual(kills, []);
      context.mock.timers.reset();
    }
  });

  test("is not killed after a freeze that stopped the worker, too, before the worker has read its answer", (context) => {
    const { runner, kills } = given(context);
    context.mock.timers.tick(10 * beginTimeMs);
    runner.hasStarted = true;
    context.mock.timers.tick(beginTimeMs);
    assert.deepEqual(kills, []);
  });
});
