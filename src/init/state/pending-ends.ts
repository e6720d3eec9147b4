import type { EndReport } from "../../protocol/messages.ts";
import type { PendingEnd, World } from "./world.ts";

export function addEnd(world: World, report: EndReport): void {
  if (world.current?.hearsEnds !== true) return;
  world.pendingEnds = [...world.pendingEnds, { number: world.nextId++, report, worker: undefined }];
}

export function giveEnd(world: World, number: number, worker: number): void {
  world.pendingEnds = world.pendingEnds.map((end) => (end.number === number ? { ...end, worker } : end));
}

/** Their hooks are being called, or never will be. */
export function forgetEnds(world: World, numbers: readonly number[]): void {
  world.pendingEnds = world.pendingEnds.filter(({ number }) => !numbers.includes(number));
}

/** A worker that is gone and had not answered has called no hook: another worker calls it. */
export function takeEndsBack(world: World, worker: number): void {
  world.pendingEnds = world.pendingEnds.map((end) => (end.worker === worker ? { ...end, worker: undefined } : end));
}

export function findEnd({ pendingEnds }: World, number: number): PendingEnd {
  const found = pendingEnds.find((end) => end.number === number);
  if (found === undefined) throw new Error(`there is no pending end ${number}`);
  return found;
}
