import { currentTurn, type Turn } from "./turns.ts";

/** When something began. */
export interface Beginning {
  readonly turn: Turn;
  /** By performance.now(). */
  readonly atMs: number;
}

export function beginningNow(): Beginning {
  return { turn: currentTurn(), atMs: performance.now() };
}
