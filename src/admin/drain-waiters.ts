import type net from "node:net";
import type { DrainReport } from "../protocol/drain.ts";

/** Who waits hears something at least this often, and knows by it that init still turns. */
const signOfLifeMs = 2_000;

/** The subcommands that await the end of a drain: each is told what changes, and the end. They come and go as they like. */
export class DrainWaiters {
  readonly #changed: (count: number) => void;
  readonly #sockets = new Set<net.Socket>();
  #told = { line: "", at: Number.NEGATIVE_INFINITY };
  #lastLine: string | undefined;

  constructor(changed: (count: number) => void) {
    this.#changed = changed;
  }

  join(socket: net.Socket): void {
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#sockets.delete(socket)) this.#changed(this.#sockets.size);
    });
    // It says nothing more; only a socket that is read from tells of its end.
    socket.resume();
    this.#sockets.add(socket);
    this.#told.line = "";
    this.#changed(this.#sockets.size);
    if (this.#lastLine !== undefined) socket.write(this.#lastLine);
  }

  /** One that does not read keeps what it was told last, and misses what came between. */
  tell(report: DrainReport, now: number): void {
    if (this.#sockets.size === 0 || this.#lastLine !== undefined) return;
    const line = `${JSON.stringify(report)}\n`;
    if (line === this.#told.line && now - this.#told.at < signOfLifeMs) return;
    this.#told = { line, at: now };
    for (const socket of this.#sockets) if (socket.writableLength === 0) socket.write(line);
  }

  /** The last word, also for those who come later. It is theirs to hang up: that tells that they have ended. */
  end(report: Required<DrainReport>): void {
    this.#lastLine = `${JSON.stringify(report)}\n`;
    for (const socket of this.#sockets) socket.write(this.#lastLine);
  }
}
