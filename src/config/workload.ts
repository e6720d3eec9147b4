/** One worker of the workload: DESIGN's "worker spec". */
export interface WorkerSpec {
  /** Patterns in strict priority order: a name, a glob (`mail-*`), `!negation`, or `*`. */
  readonly queues: readonly string[];
  /** Jobs at a time. */
  readonly concurrency: number;
}
