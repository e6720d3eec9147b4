import { isDeepStrictEqual } from "node:util";
import { withKeptRedis } from "./job-places.ts";
import { rangesOf, type SlotRange, slotSpecs, slotsOfRange } from "./wanted-slots.ts";
import { slotOf, type World } from "./world.ts";

/** Makes the proven candidate the current generation, which every slot then moves to. */
export function activateCandidate(world: World): void {
  const loaded = world.candidate?.loaded;
  if (loaded === undefined) throw new Error("no candidate has loaded");
  const before = rangesOf(world);
  world.current = withKeptRedis(loaded, world.current);
  world.candidate = undefined;
  world.extraWorkers = 0;
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
