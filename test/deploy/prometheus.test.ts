// deploy/prometheus and deploy/grafana, by Debian's Prometheus: apt-get install prometheus
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { metricsText } from "../../src/admin/metrics.ts";
import { metricsContentTypes, metricsFormat } from "../../src/admin/metrics-format.ts";
import { eventually } from "../support/deadline.ts";
import { metricsSource } from "../support/metrics-source.ts";
import { Prometheus } from "../support/prometheus.ts";

const waitMs = 120_000;
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "forker-prometheus-"));
after(() => rmSync(folder, { recursive: true, force: true }));
cpSync(path.join(root, "deploy/prometheus/alerts.yaml"), path.join(folder, "alerts.yaml"));
cpSync(path.join(root, "test/deploy/alerts.test.yaml"), path.join(folder, "alerts.test.yaml"));

function promtool(words: readonly string[], input?: string): string {
  return execFileSync("promtool", words, { cwd: folder, encoding: "utf8", ...(input !== undefined && { input }) });
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const dashboard = JSON.parse(readFileSync(path.join(root, "deploy/grafana/forker.json"), "utf8")) as Dashboard;
const rules = (parse(readFileSync(path.join(folder, "alerts.yaml"), "utf8")) as Rules).groups.flatMap(
  (group) => group.rules,
);

/** The left side of an alert's last comparison: the series that it judges, which exist even if all is well. */
function judged(expr: string): string[] {
  return expr.split(/\s+unless on \(\w+\)\s+/).map((part) => part.replace(/\s(?:==|>|<)\s[\d.]+$/, ""));
}

describe("the alert rules and the dashboard", () => {
  test("are valid for promtool, as the metrics are, and the rules fire when they should and no sooner", () => {
    promtool(["check", "rules", "alerts.yaml"]);
    promtool(["test", "rules", "alerts.test.yaml"]);
    promtool(["check", "metrics"], metricsText(metricsSource, "text"));
  });

  test("query series that Prometheus has after it has scraped a forker, in the format that Prometheus prefers", async () => {
    const formats = new Set<string>();
    const server = http.createServer(({ headers }, response) => {
      const format = metricsFormat(headers.accept);
      formats.add(format);
      response.setHeader("content-type", metricsContentTypes[format]).end(metricsText(metricsSource, format));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      await using prometheus = await Prometheus.scraping(`127.0.0.1:${(server.address() as AddressInfo).port}`);
      const isThere = async (expr: string) => (await prometheus.query(expr).catch(() => [])).length > 0;
      await eventually(waitMs, "three scrapes", async () => await isThere("count_over_time(forker_ready[5m]) >= 3"));
      assert.deepEqual([...formats], ["openMetrics"]);
      assert.equal(await prometheus.scrapeError(), "");
      const { forker_jobs_finished, forker_job_wait_seconds } = await prometheus.metadata();
      assert.equal(forker_jobs_finished?.[0]?.type, "counter");
      assert.equal(forker_job_wait_seconds?.[0]?.unit, "seconds");
      const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      const expressions = [...shown, ...rules.flatMap(({ expr }) => judged(expr))].map((expr) =>
        expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
      );
      // While a scrape of a busy machine is late, there are no current series.
      for (const expr of expressions) await eventually(waitMs, `series for ${expr}`, () => isThere(expr));
      for (const { expr } of rules) await prometheus.query(expr);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

test("the dashboard's panels have numbers of their own, and none covers another", () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [at, { gridPos: one }] of panels.entries()) {
    assert.ok(one.x + one.w <= 24);
    for (const { gridPos: other } of panels.slice(at + 1))
      assert.ok(
        one.x + one.w <= other.x ||
          other.x + other.w <= one.x ||
          one.y + one.h <= other.y ||
          other.y + other.h <= one.y,
      );
  }
});
