import type { WorkerMessage, WorkerMode } from "../protocol/messages.ts";
import type { Consumer } from "./consumer.ts";
import { type HeldJobs, nameOf } from "./held-jobs.ts";

/** What init is told of a worker that lives. */
export function pulseOf(mode: WorkerMode, held: HeldJobs, consumer: Consumer | undefined): WorkerMessage {
  const { connected, error } = consumer?.state ?? { connected: false, error: undefined };
  return {
    kind: "pulse",
    mode,
    connected,
    ...(error !== undefined && { connectionError: error }),
    queues: [...(consumer?.queues ?? [])],
    holding: held.all.map(nameOf),
    finished: held.finished,
    failed: held.failed,
  };
}
