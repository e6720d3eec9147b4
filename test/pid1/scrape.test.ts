// Debian's Prometheus scrapes a real forker: apt-get install prometheus
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { Prometheus } from "../support/prometheus.ts";
import { freePort } from "../support/redis.ts";

const waitMs = 60_000;

test("Prometheus reads a forker's metrics, with their types and units", async () => {
  const target = `127.0.0.1:${await freePort()}`;
  await using forker = await Forker.start({ workload: "jobs x1..2", env: { FORKER_HTTP: target } });
  await forker.ready();
  for (let job = 0; job < 3; job++) await forker.finished(await forker.add("quick"));
  await using prometheus = await Prometheus.scraping(target);
  const value = async (expr: string) =>
    Number((await prometheus.query(expr).catch(() => []))[0]?.value[1] ?? Number.NaN);
  const isThere = async (expr: string, expected: number) =>
    await eventually(waitMs, `${expr} is ${expected}`, async () => (await value(expr)) === expected);
  await isThere("sum(forker_jobs_finished_total)", 3);
  await isThere('sum(forker_job_wait_seconds_count{queue="jobs"})', 3);
  await isThere('forker_job_duration_seconds_bucket{queue="jobs",outcome="completed",le="+Inf"}', 3);
  await isThere("forker_range_maximum_workers", 2);
  await isThere("up", 1);
  assert.equal(await prometheus.scrapeError(), "");
  // Only OpenMetrics has units.
  const { forker_job_wait_seconds } = await prometheus.metadata();
  assert.deepEqual(
    forker_job_wait_seconds?.map(({ type, unit }) => [type, unit]),
    [["histogram", "seconds"]],
  );
  const text = await fetch(`http://${target}/metrics`, { headers: { accept: "text/plain" } });
  assert.match(text.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.doesNotMatch(await text.text(), /# EOF/);
});
