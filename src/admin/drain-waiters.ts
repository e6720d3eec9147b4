import type net from "node:net";
import type { DrainReport } from "../protocol/drain-report.ts";

/** A waiting subcommand gets a report at least this often, which shows that init's loop still turns. */
const signOfLifeMs = 2_000;

/** The subcommands that wait for the end of a drain. Each gets every change and the end. They may connect and leave at any time. */
export class DrainWaiters {
  readonly #changed: (count: number) => void;
  readonly #sockets = new Set<net.Socket>();
  /** Those of them that get nothing until init leaves. */
  readonly #quiet = new Set<net.Socket>();
  #told = { line: "", at: Number.NEGATIVE_INFINITY };
  #lastLine: string | undefined;

  constructor(changed: (count: number) => void) {
    this.#changed = changed;
  }

  join(socket: net.Socket): void {
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#quiet.delete(socket);
      if (this.#sockets.delete(socket)) this.#changed(this.#sockets.size);
    });
    // It sends nothing more; but only a socket that is read from reports its end.
    socket.resume();
    this.#sockets.add(socket);
    this.#told.line = "";
    this.#changed(this.#sockets.size);
    if (this.#lastLine !== undefined) socket.write(this.#lastLine);
  }

  /** The same for a client that does not wait for a drain, but has to end before init: it gets its first report when init leaves. */
  joinWhenLeaving(socket: net.Socket): void {
    this.#quiet.add(socket);
    this.join(socket);
  }

  /** A client that does not read keeps the last report that it got, and misses those in between. */
  tell(report: DrainReport, now: number, isLeaving: boolean): void {
    if (this.#sockets.size === 0 || this.#lastLine !== undefined) return;
    if (isLeaving && this.#quiet.size > 0) {
      this.#quiet.clear();
      this.#told.line = "";
    }
    const line = `${JSON.stringify(report)}\n`;
    if (line === this.#told.line && now - this.#told.at < signOfLifeMs) return;
    this.#told = { line, at: now };
    for (const socket of this.#sockets) if (socket.writableLength === 0 && !this.#quiet.has(socket)) socket.write(line);
  }

  /** The last report, also for clients that connect later. The clients close the connection: this shows that they have ended. */
  end(report: Required<DrainReport>): void {
    this.#lastLine = `${JSON.stringify(report)}\n`;
    for (const socket of this.#sockets) socket.write(this.#lastLine);
  }
}
