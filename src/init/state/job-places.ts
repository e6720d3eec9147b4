import type { PlaceReport } from "../../protocol/redis-place.ts";
import { generationOf } from "./find.ts";
import type { Generation } from "./generation.ts";
import type { Worker } from "./worker.ts";
import type { Refusal, World } from "./world.ts";

/**
 * A worker has reported where the application's Workers have their jobs. The first report is that of its whole generation: the
 * keeper serves one place, and all workers take from it.
 */
export function placeGeneration(world: World, worker: Worker, { identity, text, redis }: PlaceReport): void {
  const generation = generationOf(world, worker.generation);
  if (generation === undefined) return;
  const { place } = generation;
  if (place === undefined) change(world, { ...generation, place: { identity, text }, redis });
  else if (place.identity !== identity)
    refuseGeneration(world, worker, {
      exit: "badConfig",
      why:
        `the application's Workers: expected one Redis database and prefix in all workers, got ${place.text}, and ${text} in the worker of slot ${worker.slot}; ` +
        "start one forker for each",
    });
}

/**
 * A spawned worker loads the file as it is now. If others of its generation run, somebody has changed it: the change is for a reload
 * to refuse, and not a reason to end them.
 */
export function isRefusedAtStart({ workers }: World, { generation, template }: Worker): boolean {
  return template !== undefined || !workers.some((one) => one.generation === generation && one.startedAt !== undefined);
}

/** No worker of the generation can run. A candidate is abandoned; the current generation ends init. */
export function refuseGeneration(world: World, { generation }: Worker, refusal: Refusal): void {
  if (world.candidate?.number === generation) world.candidate.refusal ??= refusal.why;
  else if (world.current?.number === generation) world.refusal ??= refusal;
}

/** The generation that a candidate becomes when it is activated. */
export function withKeptRedis(loaded: Generation, before: Generation | undefined): Generation {
  return loaded.place === undefined && loaded.redis === undefined ? { ...loaded, redis: before?.redis } : loaded;
}

function change(world: World, generation: Generation): void {
  if (world.current?.number === generation.number) world.current = generation;
  else if (world.candidate !== undefined) world.candidate.loaded = generation;
}
