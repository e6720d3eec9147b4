import type * as v from "valibot";
import { Channel, dial } from "../protocol/channel.ts";
import type { RunnerLaunchConfig } from "../protocol/launch-config.ts";
import { type fromRunner, runnerChannelLimits, type WorkerToRunner } from "../protocol/runner-messages.ts";

export type WorkerLink = Pick<Channel<WorkerToRunner, v.InferOutput<typeof fromRunner>>, "send" | "flushed">;

export interface WorkerLinkHandlers {
  message(message: WorkerToRunner): void;
  closed(): void;
}

/**
 * The worker has ended before or while the runner connected. Linux, unix_release_sock(): ECONNRESET if the connection waited in the
 * queue of the worker's socket.
 */
const lostWorker: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE"]);

/** Connects to the worker, which from now on may send a job. undefined: the worker has ended. */
export async function dialWorker(
  { host, runner }: RunnerLaunchConfig,
  handlers: WorkerLinkHandlers,
  dialSocket = dial,
): Promise<WorkerLink | undefined> {
  try {
    const socket = await dialSocket(host.socketName);
    const link: WorkerLink = new Channel<WorkerToRunner, v.InferOutput<typeof fromRunner>>(
      socket,
      handlers,
      undefined,
      "",
      undefined,
      runnerChannelLimits,
    );
    link.send({ kind: "hello", secret: host.secret, runner, pid: process.pid });
    return link;
  } catch (cause) {
    if (lostWorker.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw cause;
  }
}
