import { currentTurn, type Turn } from "./turns.ts";

/**
 * Notes when the application may have begun to wait for what only a worker has. Code runs one statement after the other: if it has
 * begun something else later, in another turn, it goes on by that.
 */
const turns = new WeakSet<Turn>();
let latestEvents = -1;
let latestMs = 0;
let knownSinceMs: number | undefined;

/** It created or used something that replies only in a worker: a parked client, a Worker. Something may wait for it. */
export function notePossibleWait(): void {
  const turn = currentTurn();
  turns.add(turn);
  latestEvents = Math.max(latestEvents, turn.events);
  latestMs = performance.now();
}

/** A command waits in a parked client, or ready() was called. */
export function noteKnownWait(): void {
  notePossibleWait();
  knownSinceMs ??= performance.now();
}

/** For how long it has waited: since the first wait that is known, or the latest that is possible. */
export function waitedMs(): number {
  return performance.now() - (knownSinceMs ?? latestMs);
}

/** Whether such a wait began in this turn. */
export function beganWithWait(turn: Turn): boolean {
  return turns.has(turn);
}

/** Whether an event from outside has moved the application on between the latest such wait and this turn, or back. */
export function orderToWaits({ events }: Turn): "before" | "together" | "after" {
  if (events === latestEvents) return "together";
  return events > latestEvents ? "after" : "before";
}
