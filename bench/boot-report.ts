import os from "node:os";
import type { Sample, Snapshot } from "./boot.ts";
import { formatMb, formatMs, formatRatio, markdownTable, median, percentile } from "./support/numbers.ts";

interface Setting {
  readonly runs: number;
  readonly counts: readonly number[];
  readonly jobsEach: number;
  /** The processors that each side was pinned to. */
  readonly cpus: readonly number[];
}

type Figure = (sample: Sample) => readonly number[];

export function printReport(samples: readonly Sample[], { runs, counts, jobsEach, cpus }: Setting): void {
  const compare = (figure: Figure, format: (value: number) => string) => (workers: number) => {
    const of = (side: Sample["side"]) =>
      median(samples.filter((sample) => sample.side === side && sample.workers === workers).flatMap(figure));
    return [format(of("fork")), format(of("plain")), formatRatio(of("plain"), of("fork"))];
  };
  const rows = (...columns: readonly ((workers: number) => string[])[]) =>
    counts.map((workers) => [String(workers), ...columns.flatMap((column) => column(workers))]);
  const privateMb = (when: (sample: Sample) => Snapshot): Figure => {
    return (sample) => when(sample).workers.map((memory) => memory.privateMb);
  };
  const proportionalMb = (when: (sample: Sample) => Snapshot): Figure => {
    return (sample) => when(sample).workers.map((memory) => memory.proportionalMb);
  };
  const atReady = (sample: Sample) => sample.atReady;
  const afterJobs = (sample: Sample) => sample.afterJobs;

  const cpu = os.cpus()[0]?.model ?? "unknown processor";
  const share = cpus.length === 1 ? "one processor" : `${cpus.length} processors`;
  print(
    `Node ${process.version}, ${cpu}. Each side has ${share} of ${os.cpus().length}. Medians of ${runs} interleaved runs.`,
  );
  print("`fork`: the entrypoint, one load. `plain`: child_process.fork of a program that loads the same application.");

  print("### Time");
  const timeHead = ["workers", "fork: start to all ready", "plain", "ratio", "fork: HUP to all replaced"];
  print(
    markdownTable(
      [...timeHead, "plain: rolling restart", "ratio", "fork: processor time until ready", "plain", "ratio"],
      rows(
        compare((sample) => [sample.readyMs], formatMs),
        compare((sample) => [sample.reloadMs], formatMs),
        compare((sample) => [sample.atReady.processorMs], formatMs),
      ),
    ),
  );

  for (const [title, when] of [
    ["when ready", atReady],
    [`after ${jobsEach} jobs each`, afterJobs],
  ] as const) {
    print(`### Memory ${title}`);
    const head = [
      "workers",
      "fork: private a worker",
      "plain",
      "ratio",
      "fork: proportional a worker",
      "plain",
      "ratio",
    ];
    print(
      markdownTable(
        [...head, "fork: whole tree", "plain", "ratio"],
        rows(
          compare(privateMb(when), formatMb),
          compare(proportionalMb(when), formatMb),
          compare((sample) => [when(sample).wholeTreeMb], formatMb),
        ),
      ),
    );
  }

  const startMs = samples.flatMap((sample) => sample.startMs);
  print(
    `One forked worker, from the order to its first message: p50 ${formatMs(percentile(startMs, 0.5))}, p99 ${formatMs(percentile(startMs, 0.99))} (${startMs.length} workers).`,
  );
}

function print(text: string): void {
  console.log(`${text}\n`);
}
