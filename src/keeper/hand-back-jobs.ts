import { type HeldLock, type HeldLocks, lateToken } from "../bull/keys/held-locks.ts";
import type { Markers } from "../bull/keys/markers.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import { endJob, type Verdict, writeUnwrittenEnd } from "../bull/worker/end-job.ts";
import { handBack } from "../bull/worker/hand-back.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { fitId } from "../protocol/fit.ts";
import type { EndReport, HeldJobName, JobEnding, JobName } from "../protocol/messages.ts";
import type { UnwrittenEnd } from "../protocol/unwritten-end.ts";

export interface HandBackResult {
  readonly handedBack: JobName[];
  /** An attempt of theirs, or all: they had cost too many workers their lives, or their worker was ended for them. */
  readonly failed: JobName[];
  /** What their worker had come to, and could not write. */
  readonly wroteCompleted: JobName[];
  readonly wroteFailed: JobName[];
}

export function nothingReturned(): HandBackResult {
  return { handedBack: [], failed: [], wroteCompleted: [], wroteFailed: [] };
}

export function isNothing(result: HandBackResult): boolean {
  return Object.values(result).every((jobs: readonly JobName[]) => jobs.length === 0);
}

export interface HandBackParts {
  readonly bull: Bull;
  readonly locks: HeldLocks;
  readonly markers: Markers;
  readonly lockDurationMs: number;
  /** Each end that is written. */
  readonly ended: (report: EndReport) => void;
}

/** Whose jobs, and why. */
export interface Death {
  /** What the tokens of its locks begin with. */
  readonly lockOwner: string;
  /** What it held as far as anybody but Redis knows. */
  readonly holding: readonly HeldJobName[];
  readonly reason: string;
  /** Not when it was ended by us: then the job has no part in it. */
  readonly counts: boolean;
  /** What some of them come to instead. */
  readonly endings: readonly (JobEnding | UnwrittenEnd)[];
}

/** A job that was held by so many dying workers fails, so that it can't take the fleet along. */
export const maximumDeaths = 3;
/** Who was beside it in the worker may be innocent: see src/worker/queues/suspect-isolation.ts. */
const aloneFrom = 1;

/**
 * What a dead worker held of these queues goes back to their fronts, at no cost to the jobs' attempts. Resolves with what Redis
 * answered to the first of those that could not be: a second call finds them again.
 */
export async function handBackJobs(
  parts: HandBackParts,
  lanes: readonly Lane[],
  death: Death,
  result: HandBackResult,
): Promise<unknown> {
  let refused: unknown;
  for (const lane of lanes) {
    const known = death.holding.filter(({ queue }) => queue === lane.queue);
    try {
      const claimed = await parts.locks.claim(lane.keys, death.lockOwner, parts.lockDurationMs, known);
      const locks = [...claimed, ...(await readmitUnlisted(parts, lane, death, known, claimed))];
      refused ??= await forEachLock(
        locks,
        result,
        lane.queue,
        async (lock) => await handBackJob(parts, lane, lock, death),
      );
    } catch (cause) {
      refused ??= cause;
    }
  }
  return refused;
}

/**
 * Jobs that are in no list of their queue, because Redis refused a command in the middle of one of BullMQ's scripts: nobody
 * finds them who does not know them by name.
 */
async function readmitUnlisted(
  { locks, lockDurationMs }: HandBackParts,
  lane: Lane,
  { lockOwner, endings }: Death,
  known: readonly HeldJobName[],
  claimed: readonly HeldLock[],
): Promise<HeldLock[]> {
  const readmitted: HeldLock[] = [];
  for (const { id, starts } of known) {
    if (starts === undefined || claimed.some((lock) => fitId(lock.id) === id)) continue;
    const job = await lane.find(id, "toEnd");
    if (job?.attemptsStarted !== starts || (await job.getState()) !== "unknown") continue;
    const lock = { id, token: lateToken(lockOwner) };
    const ends = unwrittenOf(endings, lane, id)?.ends ?? job.attemptsMade;
    if (await locks.readmit(lane.keys, lockDurationMs, { ...lock, starts, ends })) readmitted.push(lock);
  }
  return readmitted;
}

/** One that is refused does not keep the others. Resolves with the first refusal. */
export async function forEachLock<Lock extends HeldLock>(
  locks: readonly Lock[],
  result: HandBackResult,
  queue: string,
  work: (lock: Lock) => Promise<keyof HandBackResult | "neither">,
): Promise<unknown> {
  let refused: unknown;
  for (const lock of locks) {
    try {
      const outcome = await work(lock);
      if (outcome !== "neither") result[outcome].push({ queue, id: lock.id });
    } catch (cause) {
      refused ??= cause;
    }
  }
  return refused;
}

async function handBackJob(
  parts: HandBackParts,
  lane: Lane,
  lock: HeldLock,
  { reason, counts, endings }: Death,
): Promise<keyof HandBackResult | "neither"> {
  const { id, token } = lock;
  const unwritten = unwrittenOf(endings, lane, id);
  const report = unwritten && (await writeUnwrittenEnd(parts.bull, lane, lock, unwritten));
  if (report !== undefined) {
    parts.ended(report);
    return report.failure === undefined ? "wroteCompleted" : "wroteFailed";
  }
  const job = await lane.find(id, "toHandBack");
  if (job === undefined) return "neither";
  const ending = endingsOf(endings, lane, id).find(({ outcome }) => outcome === "fail" || outcome === "retry");
  if (ending?.outcome === "fail" || ending?.outcome === "retry")
    return await end(parts, lane, lock, { ...ending, outcome: ending.outcome });
  const deaths = counts ? await parts.locks.countDeath(lane.keys, id, aloneFrom) : 0;
  if (deaths >= maximumDeaths) return await failForDeaths(parts, lane, lock, { reason, deaths });
  await handBack(job, token, () => parts.markers.mark(lane.keys.marker));
  return "handedBack";
}

function endingsOf(endings: Death["endings"], lane: Lane, id: string): Death["endings"] {
  return endings.filter((one) => one.queue === lane.queue && one.id === fitId(id));
}

function unwrittenOf(endings: Death["endings"], lane: Lane, id: string): UnwrittenEnd | undefined {
  return endingsOf(endings, lane, id).find((one) => one.outcome === "unwritten");
}

/** For good: the next worker would die with it too. */
export async function failForDeaths(
  parts: HandBackParts,
  lane: Lane,
  lock: HeldLock,
  { reason, deaths }: { readonly reason: string; readonly deaths: number },
): Promise<"failed" | "neither"> {
  const message = `${reason}; ${deaths} workers died with this job`;
  return await end(parts, lane, lock, { outcome: "fail", message });
}

/** The only place where the keeper decides that a job fails. */
async function end(parts: HandBackParts, lane: Lane, lock: HeldLock, verdict: Verdict): Promise<"failed" | "neither"> {
  const report = await endJob(parts.bull, lane, lock, verdict);
  if (report === undefined) return "neither";
  parts.ended(report);
  return "failed";
}
