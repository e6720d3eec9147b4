import { isDeepStrictEqual } from "node:util";
import type { Candidate } from "./generation.ts";
import { withKeptRedis } from "./job-places.ts";
import { fewestSlots, rangesOf, type SlotRange, slotSpecs, slotsOfRange } from "./wanted-slots.ts";
import { slotOf, type World } from "./world.ts";

/** The generation that init begins to load. */
export function newCandidate(world: World): Candidate {
  const undoneWorkers = world.extraWorkersAtReload;
  return { number: world.nextGeneration++, loaded: undefined, undoneWorkers, spawnReason: undefined, failures: 0 };
}

/** Makes the proven candidate the current generation, which every slot then moves to. */
export function activateCandidate(world: World): void {
  const { candidate } = world;
  if (candidate?.loaded === undefined) throw new Error("no candidate has loaded");
  const before = rangesOf(world);
  world.current = withKeptRedis(candidate.loaded, world.current);
  world.candidate = undefined;
  undoExtraWorkers(world, candidate);
  world.templateFailures = 0;
  world.brokenTemplates = 0;
  world.templateNotBefore = 0;
  world.phase = "running";
  vacate(world, before);
  for (let slot = 0; slot < slotSpecs(world).length; slot++) {
    Object.assign(slotOf(world, slot), {
      failures: 0,
      startFailures: 0,
      earlyEnds: 0,
      notBefore: 0,
      replacements: 0,
      replaceNotBefore: 0,
    });
  }
}

/** A HUP may have come while the candidate loaded: its reload undoes what is left of those that were ordered before it. */
function undoExtraWorkers(world: World, { undoneWorkers, loaded }: Candidate): void {
  const fewest = fewestSlots(loaded?.specs ?? []) - (loaded?.specs.length ?? 0);
  world.extraWorkers = Math.max(fewest, world.extraWorkers - undoneWorkers);
  world.extraWorkersAtReload = Math.max(fewest, world.extraWorkersAtReload - undoneWorkers);
}

/** A range that the reload has not changed keeps its workers; another one starts with the fewest. */
function vacate(world: World, before: readonly SlotRange[]): void {
  const vacant = new Set(world.slots.flatMap(({ isVacant }, slot) => (isVacant ? [slot] : [])));
  for (const slot of world.slots) Object.assign(slot, { isVacant: false, wantedAt: -Infinity });
  const ranges = rangesOf(world);
  for (const range of ranges) {
    const isSame = before.some((one) => isDeepStrictEqual(one, range));
    for (const [place, slot] of slotsOfRange(range).entries())
      slotOf(world, slot).isVacant = isSame ? vacant.has(slot) : place >= range.minimum;
    if (!isSame) world.demands.delete(range.first);
  }
}
