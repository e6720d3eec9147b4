import type { Lifetime } from "../account/census.ts";
import type { Entry } from "../account/entry.ts";
import type { JobBooks } from "../books/books.ts";
import type { Act } from "../monkey/acts.ts";
import { Deaths } from "./deaths.ts";
import { hinderedMs, hindrances } from "./excuses.ts";
import { historiesOf } from "./history.ts";
import { type Judgement, judge } from "./judge.ts";

/** Everything that was observed in a run. */
export interface Evidence {
  readonly entries: readonly Entry[];
  readonly books: readonly JobBooks[];
  readonly lifetimes: readonly Lifetime[];
  readonly acts: readonly Act[];
  /** The ends of the jobs in the test's keys in Redis: `queue|id|start`. */
  readonly endedInRedis: ReadonlySet<string>;
  /** Each job ran in a process of its own. */
  readonly isolation: boolean;
}

/** How long each job of a dead worker waited, in milliseconds. */
export interface Waits {
  readonly back: readonly number[];
  readonly again: readonly number[];
  /** The same, without the time in which the monkey held Redis, init or the keeper. */
  readonly backUnhindered: readonly number[];
  readonly againUnhindered: readonly number[];
  /** The time until they waited again after a kill of the whole container, whose successor must start first. */
  readonly backWithInit: readonly number[];
}

export interface Verdict {
  readonly judgements: readonly Judgement[];
  readonly waits: Waits;
  /** What is wrong other than with jobs. */
  readonly faults: readonly string[];
}

export function verdictOn(evidence: Evidence): Verdict {
  const deaths = new Deaths(evidence.lifetimes, evidence.acts, evidence.isolation);
  const judgements = historiesOf(evidence.entries, evidence.books)
    .map((job) => judge(job, deaths))
    .filter((one) => one !== undefined);
  return {
    judgements,
    waits: waitsOf(judgements, evidence.acts),
    faults: [...accountFaults(evidence), ...sharedProcesses(evidence)],
  };
}

function waitsOf(judgements: readonly Judgement[], acts: readonly Act[]): Waits {
  const intervals = hindrances(acts);
  const waits = {
    back: [] as number[],
    again: [] as number[],
    backUnhindered: [] as number[],
    againUnhindered: [] as number[],
    backWithInit: [] as number[],
  };
  for (const { death, backMs, againMs } of judgements.flatMap(({ restarts }) => restarts)) {
    if (death === undefined) continue;
    if (death.withInit) {
      if (backMs !== undefined) waits.backWithInit.push(backMs);
      continue;
    }
    const unhindered = (ms: number) => ms - hinderedMs(intervals, death.atMs, ms);
    if (backMs !== undefined) {
      waits.back.push(backMs);
      waits.backUnhindered.push(unhindered(backMs));
    }
    if (againMs !== undefined) {
      waits.again.push(againMs);
      waits.againUnhindered.push(unhindered(againMs));
    }
  }
  return waits;
}

/** The accounts in the file and in Redis must agree: the file must contain every end that Redis has. */
function accountFaults({ entries, endedInRedis }: Evidence): string[] {
  const inFile = new Set(
    entries
      .filter((entry) => entry.what === "ended")
      .map((entry) => `${entry.queue}|${entry.id}|${"start" in entry ? entry.start : ""}`),
  );
  return [...endedInRedis]
    .filter((one) => !inFile.has(one))
    .map((one) => `Redis has the end of ${one}, but the file does not`);
}

/** An isolated job shares its process with no other. */
function sharedProcesses({ entries, isolation }: Evidence): string[] {
  const starts = new Map<string, string[]>();
  for (const entry of isolation ? entries : [])
    if (entry.what === "began") {
      const process = `${entry.life}:${entry.pid}`;
      starts.set(process, [...(starts.get(process) ?? []), `${entry.queue}:${entry.id}`]);
    }
  return [...starts]
    .filter(([, jobs]) => jobs.length > 1)
    .map(([process, jobs]) => `process ${process} ran several jobs: ${jobs.join(", ")}`);
}
