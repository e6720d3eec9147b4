import type * as v from "valibot";
import { withTimeout } from "../../clock/abort-deadline.ts";
import { Channel, dial } from "../../protocol/channel.ts";
import type { WorkerLaunchConfig } from "../../protocol/launch-config.ts";
import { fromWorker, type InitToWorker, type WorkerMessage } from "../../protocol/messages.ts";

export type InitLink = Pick<Channel<InitToWorker, v.InferOutput<typeof fromWorker>>, "send" | "flushed" | "end">;

export interface InitLinkHandlers {
  message(message: InitToWorker): void;
  closed(cause: Error | undefined): void;
}

/** How long writing the last message to the socket may take. */
export const flushTimeoutMs = 500;

/** Connects to init and sends `hello`. Rejects if init does not run; the worker must not run without it. */
export async function dialInit(launch: WorkerLaunchConfig, handlers: InitLinkHandlers): Promise<InitLink> {
  const link: InitLink = new Channel<InitToWorker, v.InferOutput<typeof fromWorker>>(
    await dial(launch.socketName),
    handlers,
    undefined,
    "",
    fromWorker,
  );
  link.send({ kind: "hello", token: launch.token, pid: process.pid });
  return link;
}

/** Resolves when the message is written to the socket or the timeout has passed: what follows must not wait for init. */
export async function sendLast(link: InitLink | undefined, message: WorkerMessage): Promise<void> {
  link?.send(message);
  await withTimeout(flushTimeoutMs, link?.flushed());
}
