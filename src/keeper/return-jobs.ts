import { endJob } from "../bull/end-job.ts";
import { handBack } from "../bull/hand-back.ts";
import type { HeldLock, HeldLocks } from "../bull/held-locks.ts";
import type { BullJob, Lane } from "../bull/lane.ts";
import type { Bull } from "../bull/load-bull.ts";
import type { Markers } from "../bull/markers.ts";
import type { JobEnding, JobName } from "../protocol/messages.ts";

export interface Returned {
  readonly handedBack: JobName[];
  /** An attempt of theirs, or all: they had cost too many workers their lives, or their worker was ended for them. */
  readonly failed: JobName[];
}

export interface ReturnParts {
  readonly bull: Bull;
  readonly locks: HeldLocks;
  readonly markers: Markers;
  readonly lockDurationMs: number;
}

/** Whose jobs, and why. */
export interface Death {
  /** What the tokens of its locks begin with. */
  readonly owner: string;
  /** What it held as far as anybody but Redis knows. */
  readonly holding: readonly JobName[];
  readonly reason: string;
  /** Not when it was ended by us: then the job has no part in it. */
  readonly counts: boolean;
  /** What some of them come to instead. */
  readonly endings: readonly JobEnding[];
}

/** A job that was held by so many dying workers fails, so that it can't take the fleet along. */
export const fuse = 3;

/**
 * What a dead worker held of these queues goes back to their fronts, at no cost to the jobs' attempts. Throws what Redis
 * answered; what was done by then is done, and a second call finds what is left.
 */
export async function returnJobs(parts: ReturnParts, lanes: readonly Lane[], death: Death): Promise<Returned> {
  const returned: Returned = { handedBack: [], failed: [] };
  for (const lane of lanes) {
    const known = death.holding.filter(({ queue }) => queue === lane.queue).map(({ id }) => id);
    for (const lock of await parts.locks.claim(lane.keys, death.owner, parts.lockDurationMs, known)) {
      const outcome = await returnJob(parts, lane, lock, death);
      if (outcome !== "gone") returned[outcome].push({ queue: lane.queue, id: lock.id });
    }
  }
  return returned;
}

async function returnJob(
  parts: ReturnParts,
  lane: Lane,
  { id, token }: HeldLock,
  { owner, reason, counts, endings }: Death,
): Promise<keyof Returned | "gone"> {
  const job = await lane.find(id);
  if (job === undefined) return "gone";
  const ending = endings.find((one) => one.queue === lane.queue && one.id === id && one.outcome !== "handback");
  if (ending !== undefined) {
    await endJob(parts.bull, job, token, ending);
    return "failed";
  }
  const deaths = counts ? await parts.locks.countDeath(lane.keys, id, owner) : 0;
  if (deaths >= fuse) {
    await failForDeaths(parts.bull, job, token, reason, deaths);
    return "failed";
  }
  await handBack(job, token, lane.keys.marker, parts.markers);
  return "handedBack";
}

/** For good: the next worker would die with it too. */
export async function failForDeaths(bull: Bull, job: BullJob, token: string, reason: string, deaths: number) {
  const error = new bull.api.UnrecoverableError(`${reason}; ${deaths} workers died with this job`);
  await job.moveToFailed(error, token);
}
