import { type World, wantedSpecs } from "./world.ts";

/** Called when a worker has started, and when fewer slots may be wanted: after a reload, or after TTOU. */
export function noteUp(world: World, now: number): void {
  if (world.isUp || !everySlotHasStarted(world)) return;
  world.isUp = true;
  world.upAt = now;
}

function everySlotHasStarted(world: World): boolean {
  const wanted = wantedSpecs(world);
  const started = (slot: number) => world.workers.some((one) => one.slot === slot && one.startedAt !== undefined);
  return wanted.length > 0 && wanted.every((_, slot) => started(slot));
}
