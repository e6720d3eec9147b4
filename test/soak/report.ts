import { formatMs, markdownTable, percentile } from "../../bench/support/numbers.ts";
import { type Latency, type PartReport, thousandOf } from "./support/part.ts";
import type { Trend } from "./support/vitals.ts";

const names: Readonly<Record<Trend["figure"], string>> = {
  privateMb: "private memory, MB",
  residentMb: "resident memory, MB",
  fds: "file descriptors",
  threads: "threads",
  mappings: "mappings",
};

/** In fewer forks, a heap that grows and shrinks shows nothing about long-term growth. */
const forksThatTell = 2_000;

/** Prints the part's table, and returns all faults. */
export function reportPart(report: PartReport, latencyLimit: number): string[] {
  const thousand = thousandOf(report.forks);
  const tells = report.forks >= forksThatTell;
  const slow = report.latencies.filter((latency) => tells && ratioOf(latency, thousand) > latencyLimit);
  const violations = [
    ...report.violations,
    ...report.trends
      .filter((trend) => tells && trend.grew)
      .map(({ of, figure, early, late }) => {
        return `${of}: ${names[figure]} grew from ${early.toFixed(1)} to ${late.toFixed(1)}`;
      }),
    ...slow.map((latency) => `${latency.what}: the last ${thousand} forks were slower than the first`),
  ];
  const rows = [
    ["forks", "", String(report.forks)],
    ["time", "", `${report.seconds.toFixed(0)} s`],
    ...report.facts.map(([what, figure]) => [what, "", figure]),
    ["unexpected ends, hangs, zombies", "", String(report.violations.length)],
    ...report.trends.map(({ of, figure, early, late }) => [`${of}: ${names[figure]}`, round(early), round(late)]),
    ...report.latencies.map((latency) => [`${latency.what}, p50 / p99`, ...endsOf(latency, thousand).map(quantiles)]),
  ];
  console.log(`### ${report.title}\n`);
  console.log(markdownTable(["", "before half-time; the first thousand", "the last tenth; thousand"], rows));
  for (const latency of report.latencies) console.log(`\n${latency.what}, p50 of each tenth: ${tenthsOf(latency)}.`);
  console.log(`\nEnds: ${endsText(report.ends)}.\n`);
  return violations;
}

function endsOf({ ms }: Latency, thousand: number): [number[], number[]] {
  return [ms.slice(0, thousand), ms.slice(-thousand)];
}

/** A fork takes as long as its template's heap is large, which the tenths show: it starts small, and is small again in a new template. */
function tenthsOf({ ms }: Latency): string {
  const tenth = Math.max(1, Math.floor(ms.length / 10));
  return Array.from({ length: 10 }, (_, i) => formatMs(percentile(ms.slice(i * tenth, (i + 1) * tenth), 0.5))).join(
    ", ",
  );
}

function ratioOf(latency: Latency, thousand: number): number {
  const [first, last] = endsOf(latency, thousand);
  return percentile(last, 0.5) / percentile(first, 0.5);
}

function quantiles(ms: readonly number[]): string {
  return [0.5, 0.99].map((share) => formatMs(percentile(ms, share))).join(" / ");
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** There are many exit codes, and the report does not distinguish them. */
function endsText(ends: ReadonlyMap<string, number>): string {
  const merged = new Map<string, number>();
  for (const [end, count] of ends) {
    const kind = /^exit [2-9]|^exit \d\d/.test(end) ? "another exit code" : end;
    merged.set(kind, (merged.get(kind) ?? 0) + count);
  }
  const sorted = [...merged].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([end, count]) => `${count} × ${end}`).join(", ");
}
