import type { NotTakingReason } from "../../protocol/messages.ts";
import type { IsolationState } from "./suspect-isolation.ts";

export interface TakeState {
  /** Whether the mode lets the worker take jobs. */
  readonly isTakingMode: boolean;
  /** Whether jobs are being stopped: if the process has to exit for that, fewer jobs are interrupted. */
  readonly isStoppingJobs: boolean;
  readonly isolation: IsolationState;
  readonly queues: number;
  /** Whether any of the queues has a free place. */
  readonly hasRoom: boolean;
}

/**
 * Returns why a worker takes no job now; undefined: it takes the next one. The dispatcher acts on this decision, the board
 * shows it, and init judges the worker by it.
 */
export function whyNotTaking(state: TakeState): NotTakingReason | undefined {
  if (!state.isTakingMode) return "mode";
  if (state.isStoppingJobs) return "stoppingJobs";
  if (state.isolation === "emptying") return "emptyingForSuspect";
  if (state.isolation === "alone") return "suspectRunsAlone";
  if (state.queues === 0) return "noQueues";
  return state.hasRoom ? undefined : "full";
}
