import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { metricTable } from "../../../src/admin/metric-table.ts";
import { metricsText } from "../../../src/admin/metrics.ts";
import { metricsSource as source } from "../../support/metrics-source.ts";

describe("the table of metrics", () => {
  for (const [name, { type, labels, read }] of Object.entries(metricTable)) {
    test(`${name} is named after its type, and has the labels that the table declares`, () => {
      assert.equal(name.endsWith("_total"), type === "counter");
      const value = read(source);
      const used = typeof value === "number" ? [] : value.flatMap((sample) => Object.keys(sample.labels ?? {}));
      assert.deepEqual([...new Set(used)], [...labels]);
    });
  }

  test("is what docs/HEALTH.md lists", () => {
    const page = readFileSync(new URL("../../../docs/HEALTH.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(forker_\w+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(rows, Object.keys(metricTable));
  });
});

describe("/metrics", () => {
  test("has the same samples in OpenMetrics, except for the form of the bounds", () => {
    const samplesOf = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const openMetrics = metricsText(source, "openMetrics");
    const asText = samplesOf(openMetrics).map((line) => line.replace(/le="(\d+)\.0"/, 'le="$1"'));
    assert.deepEqual(asText, samplesOf(metricsText(source, "text")));
    assert.ok(openMetrics.endsWith("\n# EOF\n"));
  });

  const lines = metricsText(source, "text").split("\n");

  test("has a sample for each value of a phase, and 1 for the current one", () => {
    assert.ok(lines.includes('forker_phase{phase="running"} 1'));
    assert.ok(lines.includes('forker_phase{phase="draining"} 0'));
  });

  test("sums the memory of two workers of a slot", () => {
    assert.ok(lines.includes('forker_process_resident_memory_bytes{role="worker",slot="0"} 41000'));
  });

  test("tells private memory from shared memory", () => {
    assert.ok(lines.includes('forker_process_private_memory_bytes{role="init"} 5120'));
    assert.ok(lines.includes('forker_process_shared_memory_bytes{role="worker",slot="0"} 20992'));
  });

  test("has no start time for a slot without a worker", () => {
    const starts = lines.filter((line) => line.startsWith("forker_worker_start_seconds{"));
    assert.deepEqual(starts, ['forker_worker_start_seconds{slot="0"} 0.012']);
  });

  test("has a histogram's buckets as sums, and none for an outcome that no job has had", () => {
    const waits = lines.filter((line) => line.startsWith("forker_job_wait_seconds_"));
    assert.deepEqual(waits.slice(0, 2), [
      'forker_job_wait_seconds_bucket{queue="mail",le="0.005"} 1',
      'forker_job_wait_seconds_bucket{queue="mail",le="0.025"} 1',
    ]);
    assert.deepEqual(waits.slice(-4), [
      'forker_job_wait_seconds_bucket{queue="mail",le="7200"} 2',
      'forker_job_wait_seconds_bucket{queue="mail",le="+Inf"} 3',
      'forker_job_wait_seconds_sum{queue="mail"} 1.5',
      'forker_job_wait_seconds_count{queue="mail"} 3',
    ]);
    assert.ok(
      lines.some((line) => line.startsWith('forker_job_duration_seconds_count{queue="mail",outcome="failed"}')),
    );
    assert.ok(!lines.some((line) => line.includes('outcome="retried"')));
  });
});
