import type { Limits } from "./limits.ts";
import type { Phase, World } from "./world.ts";

export function isLeaving({ phase }: Pick<World, "phase">): boolean {
  return phase === "draining" || phase === "stopping";
}

/** There is no way back. Jobs that wait with a keeper have no longer than a lock lasts from here on, whether it lives or not. */
export function beginToLeave(
  world: World,
  phase: Extract<Phase, "draining" | "stopping">,
  limits: Limits,
  now: number,
): void {
  world.phase = phase;
  world.quarantineDeadline = Math.min(world.quarantineDeadline, now + limits.lockDurationMs);
}
