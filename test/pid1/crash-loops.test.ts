// Workers that crash repeatedly: init starts them with growing pauses, and the container ends only if all of them crash.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { Forker } from "../support/forker.ts";

/** The pauses add up to some 26 s. */
const wholeLoopMs = 150_000;

/** The pauses between a death and the next start, by init's clock. */
function pausesMs(forker: Forker): number[] {
  const deaths = forker.log.filter(({ role, msg }) => role === "init" && msg === "worker exited");
  const starts = forker.log.filter(({ role, msg }) => role === "init" && msg === "starting workers");
  return deaths.flatMap(({ time }) => {
    const next = starts.find((start) => Number(start["time"]) >= Number(time));
    return next === undefined ? [] : [Number(next["time"]) - Number(time)];
  });
}

function assertBackOff(forker: Forker, deaths: number): void {
  const pauses = pausesMs(forker);
  assert.equal(pauses.length, deaths - 1, forker.pid1.transcript);
  for (const [number, pauseMs] of pauses.entries()) {
    const grown = Math.min(fixedLimits.backOffMaximumMs, fixedLimits.backOffFirstMs * 2 ** (number - 1));
    const least = number === 0 ? 0 : grown;
    // Log lines have whole milliseconds, and of a different clock from the one that init waits by.
    assert.ok(pauseMs >= least - 5, `pause ${number} was ${pauseMs} ms, not ${least}`);
  }
}

describe("a first boot in which no worker stays alive ends with crashLoop's exit code", { concurrency: true }, () => {
  test("after five tries when workers die in afterFork", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_START_FAILS: "1" } });
    assert.equal(await forker.pid1.exitCode(wholeLoopMs), exitCodes.crashLoop.code);
    assertBackOff(forker, fixedLimits.crashesAtBoot);
    await forker.loggedWith("giving up", {
      reason:
        /^every worker crashed at least 5 times in a row .*: afterFork\(\) failed: it does not start as asked \(Error at .*\/workers\.mjs:/,
    });
  });

  test("after ten tries when workers die right after their start", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_DIES_AFTER_START: "1" } });
    assert.equal(await forker.pid1.exitCode(wholeLoopMs), exitCodes.crashLoop.code);
    assertBackOff(forker, fixedLimits.crashesInARow);
    await forker.loggedWith("giving up", {
      reason:
        /^every worker crashed at least 10 times in a row .* exit code 9: .* process\.exit\(\) at .*\/workers\.mjs:/,
    });
  });
});

test("a job that kills its worker fails after three deaths, and the jobs among such jobs complete", async () => {
  await using forker = await Forker.start({ workload: "jobs" });
  await forker.ready();
  const poison = [];
  const good = [];
  for (let round = 0; round < 4; round++) {
    poison.push(await forker.add("exits"));
    for (let job = 0; job < 5; job++) good.push(await forker.add("quick"));
  }
  for (const id of good) await forker.finished(id);
  await forker.until("all poison jobs have failed", ({ totals }) => totals.failed === poison.length);
  for (const id of poison) assert.equal(await forker.queue().getJobState(id), "failed");
  assert.equal(await forker.drained(), 0);
});
