import * as v from "valibot";

const index = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * What init decides for one worker when it starts it. It travels whole, in a fork order or a launch config, and the worker's parts get
 * it whole. An option is added here, where init decides on it (src/init), and where the worker reads it.
 */
const workerStartOptions = v.object({
  slot: index,
  spec: v.object({
    queues: v.pipe(v.array(v.string()), v.readonly()),
    concurrency: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  /** Its row on the board; undefined: there are more workers than rows. */
  row: v.optional(index),
  /**
   * From its start until it may first look for stalled jobs. In a forker that was just started the keeper hands back what the
   * one before it held, at no cost, and BullMQ's check would take that for stalled.
   */
  stalledAfterMs: v.pipe(v.number(), v.minValue(0)),
});
export type WorkerStartOptions = Readonly<v.InferOutput<typeof workerStartOptions>>;

/** The options alone, validated, of what init knows about a worker. Throws a ValiError. */
export function startOptionsOf(worker: WorkerStartOptions): WorkerStartOptions {
  return v.parse(workerStartOptions, worker);
}
