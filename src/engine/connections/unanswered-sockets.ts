import net from "node:net";
import { type Beginning, beginningNow } from "../progress/beginning.ts";
import { descriptorOf } from "../safety/open-files.ts";

interface Written {
  /** How much had been received by then. */
  readonly received: number;
  readonly beginning: Beginning;
}

/** What was written to. */
const written = new Map<net.Socket, Written>();
/** net.Socket inherits write() from Duplex. */
const sockets = net.Socket.prototype as unknown as { write: (this: net.Socket, ...args: unknown[]) => boolean };
let isTracking = false;

/**
 * Call it in the template before the application loads. Notes each socket that Node writes to, except for `own`: a client that has
 * written, and received nothing since, waits for an answer.
 */
export function trackWrites(own: readonly net.Socket[]): void {
  isTracking = true;
  const skipped = new WeakSet(own);
  const { write } = sockets;
  sockets.write = function noteWrite(...args) {
    if (!skipped.has(this)) written.set(this, { received: this.bytesRead, beginning: beginningNow() });
    return write.apply(this, args);
  };
}

/** Call it in a forked child. */
export function forgetWrites(): void {
  written.clear();
  if (isTracking) Reflect.deleteProperty(sockets, "write");
  isTracking = false;
}

/** The sockets that wait for an answer, with their descriptors. */
export function unansweredSockets(): {
  readonly key: net.Socket;
  readonly fd: number;
  readonly beginning: Beginning;
}[] {
  for (const [socket, { received }] of written)
    if (socket.destroyed || socket.bytesRead > received) written.delete(socket);
  return [...written].map(([key, { beginning }]) => ({ key, fd: descriptorOf(key), beginning }));
}
