import { hurryKeeper } from "./keeper-pause.ts";
import type { Limits } from "./limits.ts";
import type { Phase, World } from "./world.ts";

export function isLeaving({ phase }: Pick<World, "phase">): boolean {
  return phase === "draining" || phase === "stopping";
}

/** Irreversible. From now on, quarantined jobs have at most one lock duration, whether or not the keeper lives. */
export function beginToLeave(
  world: World,
  phase: Extract<Phase, "draining" | "stopping">,
  limits: Limits,
  now: number,
): void {
  world.phase = phase;
  world.quarantineDeadline = Math.min(world.quarantineDeadline, now + limits.lockDurationMs);
  hurryKeeper(world, limits, now);
}
