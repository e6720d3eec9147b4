// Workers that crash repeatedly: init starts them with growing pauses, and the container ends only if all of them crash.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { Forker } from "../support/forker.ts";

/** The pauses add up to some 26 s. */
const wholeLoopMs = 150_000;

/** Each death is followed by one start, and the last one by none. How long init pauses is decided without a clock, in unit tests. */
function assertDeaths(forker: Forker, deaths: number): void {
  const steps = forker.log
    .filter(({ role, msg }) => role === "init" && (msg === "worker exited" || msg === "starting workers"))
    .map(({ msg }) => String(msg));
  const life = ["starting workers", "worker exited"];
  assert.deepEqual(steps, Array.from({ length: deaths }, () => life).flat(), forker.pid1.transcript);
}

describe("a first boot in which no worker stays alive ends with crashLoop's exit code", { concurrency: true }, () => {
  test("after five tries when workers die in afterFork", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_START_FAILS: "1" } });
    assert.equal(await forker.pid1.exitCode(wholeLoopMs), exitCodes.crashLoop.code);
    assertDeaths(forker, fixedLimits.crashesAtBoot);
    await forker.loggedWith("giving up", {
      reason:
        /^every worker crashed at least 5 times in a row .*: afterFork\(\) failed: it does not start as asked \(Error at .*\/workers\.mjs:/,
    });
  });

  test("after ten tries when workers die right after their start", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_DIES_AFTER_START: "1" } });
    assert.equal(await forker.pid1.exitCode(wholeLoopMs), exitCodes.crashLoop.code);
    assertDeaths(forker, fixedLimits.crashesInARow);
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
