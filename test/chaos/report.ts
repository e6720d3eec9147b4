import { formatMs, markdownTable, percentile } from "../../bench/support/numbers.ts";
import type { Act } from "./monkey/acts.ts";
import { type ChaosOptions, sideText } from "./options.ts";
import type { Judgement, Outcome } from "./verdict/judge.ts";
import { brokenWhys, type Why } from "./verdict/restarts.ts";
import type { Verdict } from "./verdict/verdict.ts";

export const redeliveryLimitMs = 2_000;

const outcomes: readonly Outcome[] = [
  "completed",
  "failed as meant",
  "fused",
  "failed",
  "failed as stalled",
  "lost",
  "stuck",
];

/** The whole report, as Markdown. */
export function reportOf(
  options: ChaosOptions,
  verdict: Verdict,
  acts: readonly Act[],
  facts: readonly string[],
): string {
  return [
    `### ${sideText(options)}, ${options.seconds} s, seed ${options.seed}${options.withInit ? ", init too" : ""}`,
    jobsTable(verdict.judgements),
    startsTable(verdict.judgements),
    waitsTable(verdict),
    actsTable(acts),
    facts.join("\n"),
  ].join("\n\n");
}

function jobsTable(judgements: readonly Judgement[]): string {
  const kinds = Map.groupBy(judgements, ({ job }) => job.kind);
  const row = (name: string, some: readonly Judgement[]) => [
    name,
    String(some.length),
    ...outcomes.map((outcome) => String(some.filter((one) => one.outcome === outcome).length)),
    String(some.filter(({ restarts }) => restarts.some(({ why }) => why !== "retried as meant")).length),
    String(some.filter(({ faults }) => faults.length > 0).length),
  ];
  const rows = [...kinds].toSorted(([a], [b]) => a.localeCompare(b)).map(([kind, some]) => row(kind, some));
  const head = ["jobs", "all", ...outcomes, "began more than once", "promise broken"];
  return markdownTable(head, [...rows, row("all", judgements)]);
}

function startsTable(judgements: readonly Judgement[]): string {
  const counts = new Map<Why, number>();
  for (const { why } of judgements.flatMap(({ restarts }) => restarts)) counts.set(why, (counts.get(why) ?? 0) + 1);
  for (const why of brokenWhys) if (!counts.has(why)) counts.set(why, 0);
  const rows = [...counts].toSorted(([, a], [, b]) => b - a).map(([why, count]) => [why, String(count)]);
  return markdownTable(["why a job began again", "times"], rows);
}

function waitsTable({ waits }: Verdict): string {
  const row = (name: string, ms: readonly number[]) => [
    name,
    String(ms.length),
    ...(ms.length === 0 ? ["–", "–", "–"] : [0.5, 0.99, 1].map((share) => formatMs(percentile(ms, share)))),
  ];
  return markdownTable(
    ["from a worker's death", "times", "p50", "p99", "most"],
    [
      row("until its job waits in its queue again", waits.back),
      row("the same, without the time in which the monkey held Redis, init or the keeper", waits.backUnhindered),
      row("until its job runs again", waits.again),
      row("the same, without the time in which the monkey held Redis, init or the keeper", waits.againUnhindered),
      row("until its job waits again after the container was killed", waits.backWithInit),
    ],
  );
}

function actsTable(acts: readonly Act[]): string {
  const kinds = Map.groupBy(acts, ({ kind }) => kind);
  const rows = [...kinds]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([kind, some]) => [
      kind,
      String(some.length),
      String(some.filter(({ missed }) => missed !== undefined).length),
    ]);
  return markdownTable(["the monkey's acts", "times", "found nobody"], rows);
}

/** An offending job and its whole history, in chronological order. */
export function historyText({ job, outcome, faults }: Judgement, acts: readonly Act[]): string {
  const lines: [number, string][] = [];
  for (const one of job.books?.events ?? [])
    lines.push([one.atMs, `books: ${one.event}${one.prev === undefined ? "" : ` (was ${one.prev})`}`]);
  for (const one of job.starts) {
    lines.push([one.beganMs, `began in process ${one.life}:${one.pid} (slot ${one.slot})`]);
    if (one.endMs !== undefined)
      lines.push([
        one.endMs,
        `${one.end} in process ${one.life}:${one.pid}${one.why === undefined ? "" : `: ${one.why}`}`,
      ]);
  }
  const [first = 0] = lines.map(([atMs]) => atMs).toSorted((a, b) => a - b);
  const last = Math.max(first, ...lines.map(([atMs]) => atMs));
  const pids = new Set(job.starts.map(({ life, pid }) => `${life}:${pid}`));
  for (const act of acts) {
    const isNear = act.toMs >= first - 500 && act.fromMs <= last + 500;
    const isOfWorker = / worker \d/.test(act.title ?? "");
    const isTheirs = isOfWorker ? pids.has(`${act.life}:${act.pid}`) : isNear;
    if (!isTheirs) continue;
    const who = act.pid === undefined ? "" : ` ${act.life}:${act.pid}`;
    lines.push([act.fromMs, `monkey: ${act.kind}${who}${act.missed === undefined ? "" : ` (missed: ${act.missed})`}`]);
    if (act.ms > 0) lines.push([act.toMs, `monkey: ${act.kind}${who} is over`]);
  }
  const text = lines
    .toSorted(([a], [b]) => a - b)
    .map(([atMs, line]) => `    ${new Date(atMs).toISOString().slice(11, 23)} ${line}`);
  return [`${job.queue}:${job.id} ${outcome}: ${faults.join("; ")}`, ...text].join("\n");
}
