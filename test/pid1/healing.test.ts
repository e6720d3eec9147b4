import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { Forker } from "../support/forker.ts";

const pidOf = (status: Status, slot = 0) => status.slots[slot]?.workers[0]?.pid ?? 0;

describe("a worker that does not do its work", () => {
  const env = { FORKER_STUCK_TIMEOUT: "3s" };

  test("is replaced when it takes nothing although jobs wait and it looks sound", async () => {
    await using forker = await Forker.start({ workload: "jobs; other", env });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    await forker.finished(await forker.add("getsStuck"));
    // The worker may still take the first job in the step that ends `getsStuck`.
    const ids = [await forker.add("quick"), await forker.add("quick"), await forker.add("quick")];
    await forker.loggedWith("replacing stuck worker", {
      reason: /^it has taken no job for \d+ s while jobs wait in jobs/,
    });
    const after = await forker.until("another worker", (status) => status.ready && pidOf(status) !== pidOf(before));
    assert.equal(pidOf(after, 1), pidOf(before, 1), "the other one stays");
    for (const id of ids) await forker.finished(id);
  });

  test("is not replaced while it computes or waits with a job whose name does not fit on the scoreboard", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STUCK_TIMEOUT: "1s" } });
    await forker.ready();
    await forker.logged("keeper ready");
    const jobId = "x".repeat(300);
    await forker.add("blocks", { jobId });
    await forker.finished(jobId);
    await forker.add("quick");
    const held = `held-${jobId}`;
    await forker.add("held", { jobId: held });
    const isAnnounced = ({ slots }: Status) => slots[0]?.workers[0]?.holding.some((job) => job.id === held) === true;
    const { slots } = await forker.until("it to be shown", isAnnounced);
    assert.equal(slots[0]?.restarts, 0);
  });

  test("is not replaced while it runs a suspect job alone and others wait", async () => {
    const short = { FORKER_STUCK_TIMEOUT: "1s" };
    await using forker = await Forker.start({ workload: "jobs @2", env: short });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    const suspect = await forker.add("held");
    await forker.began(suspect);
    forker.pid1.signalInner(pidOf(before), "SIGKILL");
    await forker.began(suspect, 2);
    const waiting = await forker.add("quick");
    const alone = (status: Status) => status.slots[0]?.workers[0]?.notTakingReason === "suspectRunsAlone";
    const { uptimeMs: since } = await forker.until("the suspect to run alone", alone);
    // By init's clock, the keeper has seen the other job wait for long enough, and init could have acted on that.
    await forker.until("four times the wait", ({ uptimeMs }) => uptimeMs > since + 4_000);
    await forker.release(suspect);
    await forker.finished(suspect);
    await forker.finished(waiting);
    assert.equal((await forker.ledger()).filter(({ id, what }) => id === suspect && what === "began").length, 2);
    assert.ok(!forker.pid1.transcript.includes("replacing stuck worker"));
  });

  test("is replaced when its event loop stands still without a job to account for it", async () => {
    await using forker = await Forker.start({ workload: "jobs", env });
    await forker.ready();
    await forker.finished(await forker.add("spinsLater"));
    await forker.loggedWith("replacing stuck worker", {
      how: "kill",
      reason: /^its event loop has not run for \d+ s, although it holds no job/,
    });
    await forker.finished(await forker.add("quick"));
  });

  test("is replaced when it was stopped, and its successor runs its job", async () => {
    await using forker = await Forker.start({ workload: "jobs", env });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    const id = await forker.add("held");
    await forker.began(id);
    forker.pid1.signalInner(pidOf(before), "SIGSTOP");
    await forker.loggedWith("replacing stuck worker", { reason: /^it has been stopped \(SIGSTOP\)/ });
    await forker.began(id, 2);
    await forker.release(id);
    await forker.finished(id);
  });
});

test("a job that stops each of its workers fails after the third", async () => {
  await using forker = await Forker.start({ workload: "jobs", env: { FORKER_STUCK_TIMEOUT: "1s" } });
  await forker.ready();
  await forker.logged("keeper ready");
  const id = await forker.add("stops its worker");
  await forker.finished(await forker.add("quick"));
  const job = await forker.queue().getJob(id);
  assert.match(job?.failedReason ?? "", /3 workers died with this job$/);
  assert.equal((await forker.ledger()).filter((one) => one.id === id && one.what === "began").length, 3);
});
