import type { EndReport } from "../../protocol/messages.ts";
import type { PendingEnd, World } from "./world.ts";

export function addEnd(world: World, report: EndReport): void {
  if (world.current?.hearsEnds !== true) return;
  world.pendingEnds = [...world.pendingEnds, { number: world.nextId++, report, worker: undefined }];
}

export function giveEnd(world: World, number: number, worker: number): void {
  world.pendingEnds = world.pendingEnds.map((end) => (end.number === number ? { ...end, worker } : end));
}

/** Called once a worker calls their hooks, or if no worker ever will. */
export function forgetEnds(world: World, numbers: readonly number[]): void {
  world.pendingEnds = world.pendingEnds.filter(({ number }) => !numbers.includes(number));
}

/** A worker that ended without an answer has called no hooks: another worker will. */
export function takeEndsBack(world: World, worker: number): void {
  world.pendingEnds = world.pendingEnds.map((end) => (end.worker === worker ? { ...end, worker: undefined } : end));
}

export function findEnd({ pendingEnds }: World, number: number): PendingEnd {
  const found = pendingEnds.find((end) => end.number === number);
  if (found === undefined) throw new Error(`pending end ${number} does not exist`);
  return found;
}
