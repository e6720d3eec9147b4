import type { HeldLocks } from "../bull/keys/held-locks.ts";
import type { Markers } from "../bull/keys/markers.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { DeadWorker } from "../protocol/dead-worker.ts";
import { fitId } from "../protocol/fit.ts";
import type { EndReport } from "../protocol/messages.ts";
import type { UnwrittenEnd } from "../protocol/unwritten-end.ts";

export interface HandBackParts {
  readonly bull: Bull;
  readonly locks: HeldLocks;
  readonly markers: Markers;
  /** The job fails if more workers than this die with it. */
  readonly deathsAtMost: (lane: Lane) => number;
  /** Called with each end that the keeper writes. */
  readonly ended: (report: EndReport) => void;
}

/** Which worker died, and why. */
export type Death = Pick<DeadWorker, "lockOwner" | "holding" | "reason" | "counts" | "endings">;

/** Whether code of the application may have run for the job. Of a job that init does not know, only Redis may. */
export function hasBegun({ holding }: Death, { queue }: Lane, id: string): "certainly" | "no" | "unknown" {
  const known = holding.find((one) => one.queue === queue && one.id === fitId(id));
  if (known?.hasStarted === undefined) return "unknown";
  return known.hasStarted ? "certainly" : "no";
}

export function endingsOf(endings: Death["endings"], lane: Lane, id: string): Death["endings"] {
  return endings.filter((one) => one.queue === lane.queue && one.id === fitId(id));
}

export function unwrittenOf(endings: Death["endings"], lane: Lane, id: string): UnwrittenEnd | undefined {
  return endingsOf(endings, lane, id).find((one) => one.outcome === "unwritten");
}
