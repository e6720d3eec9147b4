import type { NotTakingReason } from "../../protocol/messages.ts";
import type { IsolationState } from "./suspect-isolation.ts";

export interface TakeState {
  /** Its mode says that it takes jobs. */
  readonly isTakingMode: boolean;
  /** Jobs are being stopped: should the process have to end for it, fewer jobs are cut short. */
  readonly isStoppingJobs: boolean;
  readonly isolation: IsolationState;
  readonly queues: number;
  readonly running: number;
  readonly concurrency: number;
}

/**
 * Why a worker does not take a job now; undefined: it takes the next one. The one decision: the dispatcher acts on it, the
 * board shows it, and init judges the worker by it.
 */
export function whyNotTaking(state: TakeState): NotTakingReason | undefined {
  if (!state.isTakingMode) return "mode";
  if (state.isStoppingJobs) return "stoppingJobs";
  if (state.isolation === "emptying") return "emptyingForSuspect";
  if (state.isolation === "alone") return "suspectRunsAlone";
  if (state.queues === 0) return "noQueues";
  return state.running < state.concurrency ? undefined : "full";
}
