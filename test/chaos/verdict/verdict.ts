import type { Lifetime } from "../account/census.ts";
import type { Entry } from "../account/entry.ts";
import type { JobBooks } from "../books/books.ts";
import type { Act } from "../monkey/acts.ts";
import { Deaths } from "./deaths.ts";
import { hinderedMs, hindrances } from "./excuses.ts";
import { historiesOf } from "./history.ts";
import { type Judgement, judge } from "./judge.ts";

/** All that was seen of a run. */
export interface Evidence {
  readonly entries: readonly Entry[];
  readonly books: readonly JobBooks[];
  readonly lifetimes: readonly Lifetime[];
  readonly acts: readonly Act[];
  /** Ends of the jobs in their own keys in Redis: `queue|id|start`. */
  readonly endedInRedis: ReadonlySet<string>;
}

/** How long jobs of dead workers waited, each in milliseconds. */
export interface Waits {
  readonly back: readonly number[];
  readonly again: readonly number[];
  /** The same, less the time in which the monkey held Redis, init or the keeper. */
  readonly backUnhindered: readonly number[];
  readonly againUnhindered: readonly number[];
  /** Until they waited again, where the whole container was killed: its successor has to come first. */
  readonly backWithInit: readonly number[];
}

export interface Verdict {
  readonly judgements: readonly Judgement[];
  readonly waits: Waits;
  /** What is wrong beside the jobs. */
  readonly faults: readonly string[];
}

export function verdictOn(evidence: Evidence): Verdict {
  const deaths = new Deaths(evidence.lifetimes, evidence.acts);
  const judgements = historiesOf(evidence.entries, evidence.books)
    .map((job) => judge(job, deaths))
    .filter((one) => one !== undefined);
  return { judgements, waits: waitsOf(judgements, evidence.acts), faults: accountFaults(evidence) };
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

/** The account in the file and the one in Redis are of the same jobs: what Redis has, the file has too. */
function accountFaults({ entries, endedInRedis }: Evidence): string[] {
  const inFile = new Set(
    entries
      .filter((entry) => entry.what === "ended")
      .map((entry) => `${entry.queue}|${entry.id}|${"start" in entry ? entry.start : ""}`),
  );
  return [...endedInRedis]
    .filter((one) => !inFile.has(one))
    .map((one) => `Redis has the end of ${one}, the file has not`);
}
