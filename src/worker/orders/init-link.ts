import type * as v from "valibot";
import { withTimeout } from "../../clock/abort-deadline.ts";
import { Channel, dial } from "../../protocol/channel.ts";
import type { WorkerLaunchConfig } from "../../protocol/launch-config.ts";
import { fromWorker, type InitToWorker, type WorkerMessage } from "../../protocol/messages.ts";

export type InitLink = Channel<InitToWorker, v.InferOutput<typeof fromWorker>>;

/** What is said last may take so long to be on its way. */
export const flushTimeoutMs = 500;

/** Dials init and says hello. Rejects when there is no init: then there is nobody to work for. */
export async function dialInit(
  launch: WorkerLaunchConfig,
  handlers: { message(message: InitToWorker): void; closed(cause: Error | undefined): void },
): Promise<InitLink> {
  const link: InitLink = new Channel(await dial(launch.socketName), handlers, undefined, "", fromWorker);
  link.send({ kind: "hello", token: launch.token, pid: process.pid });
  return link;
}

/** Resolves when it is on its way, or is late: nothing that follows may wait for init. */
export async function sendLast(link: InitLink | undefined, message: WorkerMessage): Promise<void> {
  link?.send(message);
  await withTimeout(flushTimeoutMs, link?.flushed());
}
