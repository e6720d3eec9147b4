import { withKeptRedis } from "./job-places.ts";
import { slotOf, type World, wantedSpecs } from "./world.ts";

/** Makes the proven candidate the current generation, which every slot then moves to. */
export function activateCandidate(world: World): void {
  const loaded = world.candidate?.loaded;
  if (loaded === undefined) throw new Error("no candidate has loaded");
  world.current = withKeptRedis(loaded, world.current);
  world.candidate = undefined;
  world.extraWorkers = 0;
  world.templateFailures = 0;
  world.brokenTemplates = 0;
  world.templateNotBefore = 0;
  world.phase = "running";
  for (let slot = 0; slot < wantedSpecs(world).length; slot++) {
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
