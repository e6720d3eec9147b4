import type { ConnectionState } from "../../bull/connection/connection-watch.ts";
import type { WorkerMessage, WorkerMode } from "../../protocol/messages.ts";
import { type HeldJobs, nameOf } from "../jobs/held-jobs.ts";

/** What init is told of a worker that lives. */
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
    // Also of a queue that is taken from no more, for as long as a job of it is held.
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
