import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** From when a worker that takes jobs is idle until it has taken a job that is added. */
const takenWithinMs = 2_000;

/** init ends only when it is ordered to, at rest in time and with no job left. At rest a job that is added starts at once. */
export function forkersLive(world: JobsWorld): JobsCheck {
  return {
    everySecond() {
      for (const forker of world.forkers)
        if (forker.isOver && forker.exit !== "killed" && !forker.wasOrderedToEnd)
          world.violated(`init of forker ${forker.place} ended by itself: ${forker.exit}`);
    },
    atEnd() {
      for (const { place, exit } of world.forkers) {
        // It remembers each job that Redis has not let it hand back.
        if (exit === "done" || exit === "killed" || (exit === "jobsNotHandedBack" && world.hadRedisTrouble(0)))
          continue;
        world.violated(`forker ${place} was ordered to end at rest, and ${exit ?? "has not ended"}`);
      }
    },
    atRest() {
      for (const { queue, id, at } of world.ledger.added.values()) {
        if (at < world.probedAt || at >= world.burstAt) continue;
        const run = world.ledger.runs.get(nameOf(queue, id))?.[0];
        const lateMs = (run?.beganAt ?? Infinity) - at;
        if (lateMs > takenWithinMs)
          return world.violated(`job ${nameOf(queue, id)}, added at rest, started after ${Math.round(lateMs)} ms`);
      }
    },
  };
}
