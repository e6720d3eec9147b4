import type { Lane } from "../../bull/worker/lane.ts";

/** Decides which of the lanes that share places gets the next one. */
export interface LaneOrder {
  /** The lanes that share places, in the order of the worker's list. */
  setLanes(lanes: readonly Lane[]): void;
  /** These in the order in which Redis looks for a job. */
  ordered(lanes: readonly Lane[]): readonly Lane[];
  /** Called when a job of this lane was taken. */
  took(lane: Lane): void;
  /** Called when a place of the lane begins and ceases to run jobs. */
  busy(lane: Lane): void;
  idle(lane: Lane): void;
  /** Called when a job was taken by itself: what was known of the lanes is old. */
  forget(): void;
  /** Whether another lane has jobs and its turn is before that of this one, as far as is known. */
  isReady(lane: Lane): boolean;
  /** Resolves when that is known well enough; undefined: it already is. */
  look(lane: Lane): Promise<void> | undefined;
}
