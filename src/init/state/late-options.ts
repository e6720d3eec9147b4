import type { QueueOptions } from "../../protocol/queue-options.ts";
import { generationOf } from "./find.ts";
import type { Worker } from "./worker.ts";
import type { World } from "./world.ts";

/** Adds the options of Workers that the application created after its load to those of its generation and all its workers. */
export function addLateOptions(world: World, { generation: number }: Worker, late: readonly QueueOptions[]): void {
  const generation = generationOf(world, number);
  if (generation === undefined) return;
  const queueOptions = withLate(generation.queueOptions, late);
  if (world.current?.number === number) world.current = { ...generation, queueOptions };
  else if (world.candidate !== undefined) world.candidate.loaded = { ...generation, queueOptions };
  for (const worker of world.workers) if (worker.generation === number) worker.queueOptions = queueOptions;
}

/** The first report of a queue counts: each worker sends one. */
export function withLate(known: readonly QueueOptions[], late: readonly QueueOptions[]): readonly QueueOptions[] {
  const added = late.filter(({ pattern }) => !known.some((one) => one.pattern === pattern));
  return added.length === 0 ? known : [...known, ...added];
}
