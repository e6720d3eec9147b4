import type { HeldLocks } from "../bull/keys/held-locks.ts";
import type { Markers } from "../bull/keys/markers.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { fitId } from "../protocol/fit.ts";
import type { EndReport, HeldJobName, JobEnding } from "../protocol/messages.ts";
import type { UnwrittenEnd } from "../protocol/unwritten-end.ts";

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

export function endingsOf(endings: Death["endings"], lane: Lane, id: string): Death["endings"] {
  return endings.filter((one) => one.queue === lane.queue && one.id === fitId(id));
}

export function unwrittenOf(endings: Death["endings"], lane: Lane, id: string): UnwrittenEnd | undefined {
  return endingsOf(endings, lane, id).find((one) => one.outcome === "unwritten");
}
