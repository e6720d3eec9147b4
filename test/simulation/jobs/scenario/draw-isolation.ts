import { Draws } from "../../../support/draws.ts";
import { type Drawn, instant, several } from "./combination-parts.ts";
import { drawFault } from "./draw-fault.ts";

/** The tests know the seeds of worlds that have no isolated jobs. */
function hasIsolation(seed: number): boolean {
  return seed > 15 && [2, 13].includes(seed % 17);
}

/** Gives some worlds isolated queues, and faults of their runners. Drawn apart from the rest, which is the same without them. */
export function isolate(world: Drawn): Drawn {
  if (!hasIsolation(world.seed)) return world;
  const draws = new Draws(world.seed, 15);
  const isolatedQueues = isolations[draws.below(isolations.length)] ?? ["*"];
  const faults = several(draws, 0, 8, () => drawFault(draws, ofRunners, instant(draws)));
  return {
    ...world,
    settings: world.settings.map((one) => ({ ...one, isolatedQueues })),
    faults: [...world.faults, ...faults],
  };
}

const isolations = [["usual"], ["urgent", "limited"], ["*"]] as const;
const ofRunners = { killRunner: 3, crashRunner: 3, freezeRunner: 1, blockRunner: 1 };
