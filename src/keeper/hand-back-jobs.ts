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
  /**
   * Jobs that failed, for this attempt or for good: too many workers died with them, or init ended their worker because of
   * them.
   */
  readonly failed: JobName[];
  /** Jobs whose end their worker knew but could not write. */
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
  /** Called with each end that the keeper writes. */
  readonly ended: (report: EndReport) => void;
}

/** Which worker died, and why. */
export interface Death {
  /** The prefix of the tokens of its locks. */
  readonly lockOwner: string;
  /** The jobs that the worker held, as far as init knows. Redis may know of more. */
  readonly holding: readonly HeldJobName[];
  readonly reason: string;
  /** Whether the death counts against the jobs. It does not if forker itself ended the worker. */
  readonly counts: boolean;
  /** How some of the jobs end instead of being handed back. */
  readonly endings: readonly (JobEnding | UnwrittenEnd)[];
}

/** The keeper fails a job that this many workers died with, so that the job cannot bring down the whole fleet. */
export const maximumDeaths = 3;
/**
 * From this many deaths on, a job runs alone, since other jobs in the worker may be innocent: see
 * src/worker/queues/suspect-isolation.ts.
 */
const aloneFrom = 1;

/**
 * Hands back what a dead worker held of these queues: each job goes to the front of its queue, at no cost to its attempts.
 * Resolves with the first refusal by Redis, if any; a second call finds the refused jobs again.
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
 * Readmits jobs that are in none of their queue's lists because Redis refused a command in the middle of one of BullMQ's
 * scripts. Only a process that knows their names can find them.
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

/** Runs `work` for each lock, even after a refusal. Resolves with the first refusal. */
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

/** Fails the job for good: the next worker would die with it, too. */
export async function failForDeaths(
  parts: HandBackParts,
  lane: Lane,
  lock: HeldLock,
  { reason, deaths }: { readonly reason: string; readonly deaths: number },
): Promise<"failed" | "neither"> {
  const message = `${reason}; ${deaths} workers died with this job`;
  return await end(parts, lane, lock, { outcome: "fail", message });
}

/** Every failure that the keeper decides on is written here. */
async function end(parts: HandBackParts, lane: Lane, lock: HeldLock, verdict: Verdict): Promise<"failed" | "neither"> {
  const report = await endJob(parts.bull, lane, lock, verdict);
  if (report === undefined) return "neither";
  parts.ended(report);
  return "failed";
}
