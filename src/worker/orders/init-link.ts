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
export async function dialInit(
  launch: WorkerLaunchConfig,
  handlers: InitLinkHandlers,
  connect: typeof dial = dial,
): Promise<InitLink> {
  const link: InitLink = new Channel<InitToWorker, v.InferOutput<typeof fromWorker>>(
    await connect(launch.socketName),
    handlers,
    undefined,
    "",
    fromWorker,
  );
  link.send({ kind: "hello", token: launch.token, pid: process.pid });
  return link;
}

export interface EarlyLink {
  readonly link: InitLink;
  /** For runWorker: the same link. What init has sent meanwhile follows. */
  readonly connect: (launch: WorkerLaunchConfig, handlers: InitLinkHandlers) => Promise<InitLink>;
}

/** Connects before the worker can receive anything, so that it can report why it does not start. */
export async function dialEarly(launch: WorkerLaunchConfig): Promise<EarlyLink> {
  let handlers: InitLinkHandlers | undefined;
  const waiting: ((handlers: InitLinkHandlers) => void)[] = [];
  const pass = (deliver: (handlers: InitLinkHandlers) => void) => {
    if (handlers === undefined) waiting.push(deliver);
    else deliver(handlers);
  };
  const link = await dialInit(launch, {
    message: (message) => pass((to) => to.message(message)),
    closed: (cause) => pass((to) => to.closed(cause)),
  });
  const open = (next: InitLinkHandlers) => {
    handlers = next;
    for (const deliver of waiting.splice(0)) deliver(next);
  };
  return {
    link,
    connect(_, next) {
      // The worker gets the link first.
      setImmediate(() => open(next));
      return Promise.resolve(link);
    },
  };
}

/** Resolves when the message is written to the socket or the timeout has passed: what follows must not wait for init. */
export async function sendLast(link: InitLink | undefined, message: WorkerMessage): Promise<void> {
  link?.send(message);
  await withTimeout(flushTimeoutMs, link?.flushed());
}
