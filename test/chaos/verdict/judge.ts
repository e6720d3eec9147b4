import type { Deaths } from "./deaths.ts";
import type { JobHistory } from "./history.ts";
import { brokenWhys, type Restart, restartsOf } from "./restarts.ts";

/** fused: three workers died with it, and such a job fails by design (docs/KEEPER.md). */
export type Outcome = "completed" | "failed as meant" | "fused" | "lost" | "stuck" | "failed as stalled" | "failed";

export interface Judgement {
  readonly job: JobHistory;
  readonly outcome: Outcome;
  readonly restarts: readonly Restart[];
  /** What breaks the guarantee. */
  readonly faults: readonly string[];
}

const maximumDeaths = 3;
const fused = /; (\d+) (?:workers|processes) died with this job$/;

/** How a job ended, and whether that is what forker guarantees. */
export function judge(job: JobHistory, deaths: Deaths): Judgement | undefined {
  const restarts = restartsOf(job, deaths);
  const outcome = outcomeOf(job);
  if (outcome === undefined) return undefined;
  const faults = [...outcomeFaults(job, outcome, deaths), ...bookFaults(job, outcome)];
  for (const restart of restarts) {
    if (brokenWhys.has(restart.why))
      faults.push(`began again in process ${restart.after.pid} after process ${restart.before.pid}: ${restart.why}`);
  }
  return { job, outcome, restarts, faults };
}

/** undefined if it never was a job. */
function outcomeOf({ books, isAdded, order }: JobHistory): Outcome | undefined {
  switch (books?.state) {
    case undefined:
      // A job that BullMQ never acknowledged, or an iteration that was removed with its scheduler.
      return isAdded || (order === undefined && books?.events.some(({ event }) => event === "active") === true)
        ? "lost"
        : undefined;
    case "completed":
      return "completed";
    case "failed": {
      const reason = books?.failedReason ?? "";
      if (fused.test(reason)) return "fused";
      if (/stalled more than/.test(reason)) return "failed as stalled";
      return order?.meant === "failed" && reason === "as meant" ? "failed as meant" : "failed";
    }
    default:
      return "stuck";
  }
}

function outcomeFaults(job: JobHistory, outcome: Outcome, deaths: Deaths): string[] {
  switch (outcome) {
    case "completed":
      if (job.order?.meant === "failed") return ["completed, but was meant to fail"];
      return job.starts.some(({ end }) => end === "ended")
        ? []
        : ["completed in BullMQ's records, but never ran to its end"];
    case "failed as meant":
      return [];
    case "fused": {
      // One of them may have died before the job's first line.
      const died = job.starts.filter(({ life, pid }) => deaths.of(life, pid) !== undefined).length;
      return died >= maximumDeaths - 1 ? [] : [`failed at the limit of deaths, but ${died} workers died`];
    }
    case "lost":
      return ["lost: BullMQ acknowledged it, and no longer has it"];
    case "stuck":
      return [`stuck: still ${job.books?.state}`];
    case "failed as stalled":
      return ["failed as stalled"];
    case "failed":
      return [`failed: ${job.books?.failedReason}`];
  }
}

function bookFaults({ books, order }: JobHistory, outcome: Outcome): string[] {
  if (books === undefined) return [];
  const faults: string[] = [];
  const count = (name: string) => books.events.filter(({ event }) => event === name).length;
  if (count("completed") > 1) faults.push(`completed ${count("completed")} times in BullMQ's records`);
  if (count("stalled") > 0) faults.push(`found stalled ${count("stalled")} times`);
  const meant = order?.attempts ?? 1;
  const isDone = outcome === "completed" || outcome === "failed as meant";
  if (isDone && books.attemptsMade !== meant) faults.push(`took ${books.attemptsMade} attempts instead of ${meant}`);
  return faults;
}
