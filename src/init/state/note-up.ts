import { slotSpecs, wantedSlots } from "./wanted-slots.ts";
import { isInSlot } from "./worker-facts.ts";
import type { World } from "./world.ts";

/** Called when a worker has started, and when fewer slots may be wanted: after a reload, or after TTOU. */
export function noteUp(world: World, now: number): void {
  if (world.isUp || !everySlotHasStarted(world)) return;
  world.isUp = true;
  world.upAt = now;
}

function everySlotHasStarted(world: World): boolean {
  const started = (slot: number) => world.workers.some((one) => isInSlot(one, slot) && one.startedAt !== undefined);
  return slotSpecs(world).length > 0 && wantedSlots(world).every(started);
}
