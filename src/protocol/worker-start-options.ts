import * as v from "valibot";

const index = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * What init decides for one worker when it starts it. The whole object travels in a fork order or a launch config, and is
 * passed to the worker's parts. To add an option, change this file, the place in src/init that decides on it, and the place
 * that reads it.
 */
const workerStartOptions = v.object({
  /** Of a spare: the number after the last slot, until it takes over one. */
  slot: index,
  /** The worker is in no slot until init orders it to take over one. */
  isSpare: v.optional(v.boolean()),
  spec: v.object({
    queues: v.pipe(v.array(v.string()), v.readonly()),
    /** One for each of `queues`. undefined: strict priority. */
    weights: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.readonly())),
    /** undefined: each queue has a limit of its own. */
    concurrency: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  /** Whether its row shows its private memory: init adds workers by that. */
  countsMemory: v.optional(v.boolean()),
  /** The worker's row on the board; undefined: there are more workers than rows. */
  row: v.optional(index),
  /**
   * The time from the worker's start until it may first look for stalled jobs. When a forker has just started, its keeper hands
   * back the jobs of the instance before it, at no cost; BullMQ's check would count those jobs as stalled.
   */
  stalledAfterMs: v.pipe(v.number(), v.minValue(0)),
});
export type WorkerStartOptions = Readonly<v.InferOutput<typeof workerStartOptions>>;

/** Picks the options from what init knows about a worker, and validates them. Throws a ValiError. */
export function startOptionsOf(worker: WorkerStartOptions): WorkerStartOptions {
  return v.parse(workerStartOptions, worker);
}
