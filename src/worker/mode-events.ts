import type { Consumer } from "./consumer.ts";
import { isLeaving, type Mode } from "./orders/mode.ts";

/** Emits the Workers' events of a change of the mode, as a BullMQ Worker does at pause(), resume() and close(). */
export function emitMode(consumer: Consumer | undefined, from: Mode, to: Mode): void {
  if (to === "suspended") consumer?.emit("paused");
  if (from === "suspended" && to === "taking") consumer?.emit("resumed");
  if (isLeaving(to) && !isLeaving(from)) consumer?.emit("closing", "closing queue");
}
