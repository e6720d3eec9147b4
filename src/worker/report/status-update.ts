import type { ConnectionState } from "../../bull/connection/connection-watch.ts";
import type { WorkerMessage, WorkerMode } from "../../protocol/messages.ts";
import { type HeldJobs, nameOf } from "../jobs/held-jobs.ts";

/** Builds the status update of a running worker. */
export function statusUpdateOf(
  mode: WorkerMode,
  held: HeldJobs,
  state: ConnectionState | undefined,
  queues: readonly string[],
): WorkerMessage {
  const { connected, error } = state ?? { connected: false, error: undefined };
  return {
    kind: "statusUpdate",
    mode,
    connected,
    ...(error !== undefined && { connectionError: error }),
    // Includes a queue that the worker no longer takes from, while it holds a job of that queue.
    queues: [...new Set([...queues, ...held.all.map(({ lane }) => lane.queue)])],
    holding: held.all
      .filter(({ entry }) => entry === undefined)
      .map((one) => ({
        ...nameOf(one),
        startedAt: one.takenAt,
        starts: one.job.attemptsStarted,
        isEnding: one.hasEnded,
      })),
    finished: held.hasRow ? 0 : held.finished,
    failed: held.hasRow ? 0 : held.failed,
  };
}
