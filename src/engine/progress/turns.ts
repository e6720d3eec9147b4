import { type AsyncHook, createHook, executionAsyncResource } from "node:async_hooks";

/**
 * One callback of the event loop, with the microtasks and ticks that follow it. What code begins in the same turn, it began
 * together, as in `Promise.race([redis.ping(), timeout(5_000)])`.
 */
export interface Turn {
  /** How many events from outside there had been: bytes, connections, files, ends of processes. A timer is not one. */
  readonly events: number;
  readonly isOfTimer: boolean;
}

const first: Turn = { events: 0, isOfTimer: false };
let current: Turn = first;
let hook: AsyncHook | undefined;

/** What a resource begins when Node calls it back. Other resources run within a turn: promises, ticks, AsyncResources. */
const beginnings = new WeakMap<object, "event" | "timer" | Turn>();
/** Node writes the types of its handles and requests this way. HTTP parsers run within the turn of their socket. */
const native = /^(?!PROMISE$|HTTP)[A-Z0-9_]+$/;

/** Call it before the application loads. */
export function trackTurns(): void {
  hook ??= createHook({ init: note, before: begin, trackPromises: false });
  hook.enable();
}

/** Call it when the application has loaded. */
export function forgetTurns(): void {
  hook?.disable();
  hook = undefined;
}

/** Whether events from outside are counted. */
export function tracksTurns(): boolean {
  return hook !== undefined;
}

export function currentTurn(): Turn {
  return current;
}

function note(_id: number, type: string, _trigger: number, resource: object): void {
  if (type === "Timeout") beginnings.set(resource, "timer");
  // An immediate continues what the turn that set it has begun.
  else if (type === "Immediate") beginnings.set(resource, current);
  else if (native.test(type)) beginnings.set(resource, "event");
}

function begin(): void {
  const beginning = beginnings.get(executionAsyncResource());
  if (beginning === undefined) return;
  if (beginning === "timer") current = { events: current.events, isOfTimer: true };
  else if (beginning === "event") current = { events: current.events + 1, isOfTimer: false };
  else current = beginning;
}
