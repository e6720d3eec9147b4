import type { WorkerStartOptions } from "../../src/protocol/worker-start-options.ts";

/** The options with which a test starts a worker. */
export function startOptions(options: Partial<WorkerStartOptions> = {}): WorkerStartOptions {
  return { slot: 0, spec: { queues: ["*"] }, stalledAfterMs: 0, ...options };
}
