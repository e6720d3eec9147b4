import type { ConnectionState } from "../../bull/connection/connection-watch.ts";
import type { WorkerMessage, WorkerMode } from "../../protocol/messages.ts";
import { nameOf } from "../jobs/held-job.ts";
import { type HeldJobs } from "../jobs/held-jobs.ts";

/** Whether a worker is suspended, in any mode, and how many of init's orders about that it has handled. */
export interface Suspension {
  readonly suspended: boolean;
  readonly suspensionOrders: number;
}

/** Builds the status update of a running worker. */
export function statusUpdateOf(
  mode: WorkerMode,
  { suspended, suspensionOrders }: Suspension,
  held: HeldJobs,
  state: ConnectionState | undefined,
  queues: readonly string[],
): WorkerMessage {
  const { connected, error } = state ?? { connected: false, error: undefined };
  return {
    kind: "statusUpdate",
    mode,
    suspended,
    suspensionOrders,
    connected,
    ...(error !== undefined && { connectionError: error }),
    // Includes a queue that the worker no longer takes from, while it holds a job of that queue.
    queues: [...new Set([...queues, ...held.all.map(({ lane }) => lane.queue)])],
    holding: held.all
      .filter(({ entry }) => entry === undefined)
      .map((one) => ({
        ...nameOf(one),
        startedAt: one.monotonicStartedAt,
        starts: one.job.attemptsStarted,
        // Its start is not reported: an update at each start would cost more than the job.
        stage: one.stage === "taken" ? "running" : one.stage,
      })),
    finished: held.hasRow ? 0 : held.finished,
    failed: held.hasRow ? 0 : held.failed,
  };
}
