/** One way to run workers: forked from one load, or each loading for itself. */
export interface Side {
  /** Resolves when every worker is ready to take jobs. */
  start(count: number): Promise<void>;
  /** Resolves when every worker was replaced. */
  reload(): Promise<void>;
  readonly workerPids: readonly number[];
  /** The supervisor, whose descendants are all there is. */
  readonly rootPid: number;
  /** From the order to start a worker to its first sign of life, for each worker so far. */
  readonly startMs: readonly number[];
  stop(): Promise<void>;
}

export interface SideOptions {
  /** What goes before the command: `taskset -c 0,1`. */
  readonly pin: readonly string[];
  readonly parallel: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Where a plain worker takes its jobs. A forked one takes from all that there are. */
  readonly queues: readonly string[];
}

/** The example application's. */
export const shopQueues: readonly string[] = ["export", "import", "mail", "thumbnails"];
export const sideTimeoutMs = 120_000;

export async function within<Value>(what: string, timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what}: not within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
