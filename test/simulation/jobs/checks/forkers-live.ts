import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** From when a worker that takes jobs is idle until it has taken a job that is added. */
const takenWithinMs = 2_000;

/** init ends only when it is ordered to, and at rest a job that is added starts at once. */
export function forkersLive(world: JobsWorld): JobsCheck {
  return {
    everySecond() {
      for (const forker of world.forkers)
        if (forker.isOver && forker.exit !== "killed" && !forker.wasOrderedToEnd)
          world.violated(`init of forker ${forker.place} ended by itself: ${forker.exit}`);
    },
    atRest() {
      for (const { queue, id, at } of world.ledger.added.values()) {
        if (at < world.probedAt) continue;
        const run = world.ledger.runs.get(nameOf(queue, id))?.[0];
        const lateMs = (run?.beganAt ?? Infinity) - at;
        if (lateMs > takenWithinMs)
          return world.violated(`job ${nameOf(queue, id)}, added at rest, started after ${Math.round(lateMs)} ms`);
      }
    },
  };
}
