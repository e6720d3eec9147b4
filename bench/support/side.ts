/** One way to run workers: forked from one load, or each loading the application. */
export interface Side {
  /** Resolves when every worker is ready to take jobs. */
  start(count: number): Promise<void>;
  /** Resolves when every worker has been replaced. */
  reload(): Promise<void>;
  readonly workerPids: readonly number[];
  /** The supervisor, the ancestor of all processes of this side. */
  readonly rootPid: number;
  /** From the order to start a worker to its first message, for each worker so far. */
  readonly startMs: readonly number[];
  stop(): Promise<void>;
}

export interface SideOptions {
  /** What precedes the command: `taskset -c 0,1`. */
  readonly pin: readonly string[];
  readonly parallel: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The queue that a plain worker takes its jobs from. A forked one takes from every queue. */
  readonly queues: readonly string[];
}

/** The example application's. */
export const shopQueues: readonly string[] = ["export", "import", "mail", "thumbnails"];
export const sideTimeoutMs = 120_000;

export async function within<Value>(what: string, timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what}: timed out after ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
