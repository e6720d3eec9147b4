import type { FleetOutcome, FleetRule } from "../../protocol/fleet.ts";

/** What init knows of the fleet, by its keeper and its workers. */
export interface FleetState {
  /** The latest rule that init knows of. undefined: neither a worker nor the keeper has read any. */
  readonly rule: FleetRule | undefined;
  /** The latest command that init has obeyed, or that it need not obey. */
  readonly after: string | undefined;
  /** To the latest commands. A new keeper gets them again. */
  readonly answers: readonly FleetAnswerOfInit[];
}

/** Neither a keeper nor a worker has read anything yet. */
export const noFleet: FleetState = { rule: undefined, after: undefined, answers: [] };

export interface FleetAnswerOfInit {
  readonly command: string;
  readonly outcome: FleetOutcome;
  readonly text: string;
}
