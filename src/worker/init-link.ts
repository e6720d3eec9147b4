import type * as v from "valibot";
import type { WorkerBirth } from "../protocol/birth.ts";
import { Channel, dial } from "../protocol/channel.ts";
import { fromWorker, type InitToWorker, type WorkerMessage } from "../protocol/messages.ts";
import { inTime } from "./deadline.ts";

export type InitLink = Channel<InitToWorker, v.InferOutput<typeof fromWorker>>;

/** What is said last may take so long to be on its way. */
export const flushTimeoutMs = 500;

/** Dials init and says hello. Rejects when there is no init: then there is nobody to work for. */
export async function dialInit(
  birth: WorkerBirth,
  handlers: { message(message: InitToWorker): void; closed(cause: Error | undefined): void },
): Promise<InitLink> {
  const link: InitLink = new Channel(await dial(birth.socketName), handlers, undefined, "", fromWorker);
  link.send({ kind: "hello", token: birth.token, pid: process.pid });
  return link;
}

/** Resolves when it is on its way, or is late: nothing that follows may wait for init. */
export async function sendLast(link: InitLink | undefined, message: WorkerMessage): Promise<void> {
  link?.send(message);
  await inTime(flushTimeoutMs, link?.flushed());
}
