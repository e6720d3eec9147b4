import { currentTurn, type Turn } from "../progress/turns.ts";
import { captureFrames, type Frame, framesOf } from "../safety/frames.ts";

/** A timer, with names of Node's own that no public API has. */
export type Timer = Omit<NodeJS.Timeout, "_onTimeout"> & {
  _onTimeout?: unknown;
  /** In the milliseconds of libuv's clock. */
  readonly _idleStart?: number;
  readonly _idleTimeout?: number;
  /** null: it fires once. */
  readonly _repeat?: number | null;
  readonly _destroyed?: boolean;
};

interface Creation {
  readonly stack: object;
  readonly turn: Turn;
}

/** Timers of preloads, which are older than the tracking, have none. */
const creations = new WeakMap<object, Creation>();
let timers: WeakRef<Timer>[] = [];
let pruneAt = 256;

/** Call it from a hook, when the timer is created. */
export function recordTimer(timer: object): void {
  creations.set(timer, { stack: captureFrames(), turn: currentTurn() });
  timers.push(new WeakRef(timer as Timer));
  if (timers.length >= pruneAt) prune();
}

export function forgetTimers(): void {
  timers = [];
}

/** The timer counts as one whose creator is unknown. */
export function forgetCreation(timer: object): void {
  creations.delete(timer);
}

export function livingTimers(): Timer[] {
  return timers.map((reference) => reference.deref()).filter((timer) => timer?._destroyed === false) as Timer[];
}

export function turnOf(timer: Timer): Turn | undefined {
  return creations.get(timer)?.turn;
}

/**
 * The code that created the timer, nearest first, without Node's. The stack begins with forker's hook, which Node's timers have
 * called. undefined: the timer is older than the tracking.
 */
export function creatorsOf(timer: Timer): Frame[] | undefined {
  const creation = creations.get(timer);
  if (creation === undefined) return undefined;
  const stack = framesOf(creation.stack);
  const node = stack.findIndex(({ file }) => file.startsWith("node:"));
  return stack.slice(Math.max(0, node)).filter(({ file }) => !file.startsWith("node:"));
}

/** By libuv's clock, which stands still within a turn. */
export function loopTime(): number {
  const timer = setTimeout(() => undefined, 1);
  clearTimeout(timer);
  return (timer as Timer)._idleStart ?? Number.NaN;
}

function prune(): void {
  timers = livingTimers().map((timer) => new WeakRef(timer));
  pruneAt = Math.max(256, 2 * timers.length);
}
