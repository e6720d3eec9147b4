// What init knows of the jobs of each queue: how many there are, how long they wait, and how long they run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Forker } from "../support/forker.ts";
import { HealthProbe } from "../support/health.ts";

test("the status and the metrics have the jobs of each queue, their waits, and their durations by outcome", async () => {
  const probe = await HealthProbe.onFreePort();
  await using forker = await Forker.start({ workload: "jobs; other", env: probe.env });
  await forker.ready();
  const started = Date.now();
  await forker.add("quick");
  await forker.add("fails");
  await forker.add("fails", { attempts: 2, backoff: { type: "fixed", delay: 600_000 } });
  const held = await forker.add("held");
  await forker.began(held);
  await forker.add("quick");
  await forker.add("quick", { delay: 600_000 }, "other");
  const { queues } = await forker.until("the figures of both queues", ({ queues: seen }) => {
    const [jobs, other] = ["jobs", "other"].map((name) => seen.find(({ queue }) => queue === name));
    return jobs?.wait.count === 4 && jobs.jobs?.waiting === 1 && other?.jobs?.delayed === 1;
  });
  const jobs = queues.find(({ queue }) => queue === "jobs") ?? assert.fail("no queue");
  const { waiting, delayed, active, completed, failed } = jobs.jobs ?? assert.fail("no counts");
  assert.deepEqual([waiting, delayed, active, completed, failed], [1, 1, 1, 1, 1]);
  const ended = Object.entries(jobs.duration).map(([outcome, { count }]) => [outcome, count]);
  assert.deepEqual(Object.fromEntries(ended), { completed: 1, failed: 1, retried: 1 });
  assert.ok(jobs.wait.sumMs <= 4 * (Date.now() - started), `${jobs.wait.sumMs} ms`);
  assert.ok((jobs.recent.waitMs.p95 ?? -1) >= 0);
  const metrics = await probe.metrics();
  assert.equal(metrics.get('forker_queue_jobs{queue="jobs",state="waiting"}'), 1);
  assert.equal(metrics.get('forker_queue_jobs{queue="other",state="delayed"}'), 1);
  assert.equal(metrics.get('forker_job_wait_seconds_count{queue="jobs"}'), 4);
  assert.equal(metrics.get('forker_job_duration_seconds_bucket{queue="jobs",outcome="retried",le="+Inf"}'), 1);
  await forker.release(held);
});

test("a worker reports what it has measured before it exits, and FORKER_METRICS_QUEUES bounds the series", async () => {
  await using forker = await Forker.start({ workload: "jobs; other", env: { FORKER_METRICS_QUEUES: "0" } });
  const { slots } = await forker.ready();
  const id = await forker.add("quick");
  await forker.finished(id);
  forker.pid1.signalInner(slots[0]?.workers[0]?.pid ?? 0, "SIGQUIT");
  const { queues } = await forker.until(
    "its times",
    ({ queues: seen }) => (seen[0]?.duration.completed.count ?? 0) > 0,
  );
  assert.deepEqual(
    queues.map(({ queue, jobs, wait }) => [queue, jobs, wait.count]),
    [[":other", null, 1]],
  );
});
