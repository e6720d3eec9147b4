import type { Limits } from "./limits.ts";
import type { World } from "./world.ts";

/**
 * Shortens the pause before the next keeper if jobs wait for it, which init gives up when their locks have expired. Called when a
 * keeper has ended, and when jobs begin to wait for one.
 */
export function hurryKeeper(world: World, limits: Limits, now: number): void {
  const areAwaited = world.quarantined.count > 0 && world.quarantineDeadline < Infinity;
  if (world.handBackOrders.length === 0 && !areAwaited) return;
  const longestMs = Math.min(limits.keeperPauseForJobsMs, limits.lockDurationMs / 2);
  world.keeperNotBefore = Math.min(world.keeperNotBefore, now + longestMs);
}
