import { EventEmitter } from "node:events";
import type net from "node:net";
import { type Host, kernel, type VirtualTime } from "../time/virtual-time.ts";

export interface SocketWorld {
  readonly time: VirtualTime;
  /** How long bytes are under way, and in which order tasks of the same instant run. */
  readonly delayMs: () => number;
  readonly rank: () => number;
}

/** One end of a Unix stream socket, with the part of net.Socket that forker's channels use. */
export class SimulatedSocket extends EventEmitter {
  readonly #world: SocketWorld;
  readonly #host: Host;
  #peer: SimulatedSocket | undefined;
  #arrivesAt = 0;
  #unread: string[] = [];
  /** As in Node, until a listener of the data is added. */
  #isPaused = true;
  /** What the peer's end or death causes here once everything has been read. */
  #pendingEnd: "end" | "reset" | undefined;
  destroyed = false;
  writableLength = 0;

  static pair(world: SocketWorld, one: Host, other: Host): [SimulatedSocket, SimulatedSocket] {
    const ends: [SimulatedSocket, SimulatedSocket] = [
      new SimulatedSocket(world, one),
      new SimulatedSocket(world, other),
    ];
    ends[0].#peer = ends[1];
    ends[1].#peer = ends[0];
    return ends;
  }

  constructor(world: SocketWorld, host: Host) {
    super();
    this.#world = world;
    this.#host = host;
  }

  /** For code that expects Node's class. */
  get asNodes(): net.Socket {
    return this as unknown as net.Socket;
  }

  override on(event: string, listener: (...values: never[]) => void): this {
    super.on(event, listener as (...values: unknown[]) => void);
    return event === "data" ? this.resume() : this;
  }

  write(text: string, written?: () => void): boolean {
    if (written !== undefined) this.#soon(written);
    if (this.destroyed || text === "") return true;
    this.#send((peer) => peer.#receive(text));
    return true;
  }

  end(text?: string, written?: () => void): void {
    if (text !== undefined) this.write(text, written);
    this.#send((peer) => peer.#over("end"));
  }

  /** Also what the kernel does when the process dies: the peer still reads what was sent before. */
  destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    const how = this.#unread.length > 0 ? "reset" : "end";
    this.#send((peer) => peer.#over(how));
    this.#soon(() => this.emit("close"));
    return this;
  }

  pause(): this {
    this.#isPaused = true;
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    if (this.#unread.length > 0 || this.#pendingEnd !== undefined) this.#soon(() => this.#read());
    return this;
  }

  setTimeout(): this {
    return this;
  }

  #soon(run: () => void): void {
    this.#world.time.after(0, this.#host, run, this.#world.rank());
  }

  /** Bytes arrive in the order in which they were sent. */
  #send(arrive: (peer: SimulatedSocket) => void): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const { time, delayMs } = this.#world;
    this.#arrivesAt = Math.max(this.#arrivesAt, time.now + delayMs());
    // In the kernel's buffer, even if the process cannot run.
    time.after(this.#arrivesAt - time.now, kernel, () => arrive(peer));
  }

  #receive(text: string): void {
    if (this.destroyed) return;
    this.#unread.push(text);
    this.#soon(() => this.#read());
  }

  #over(how: "end" | "reset"): void {
    if (this.destroyed) return;
    this.#pendingEnd ??= how;
    this.#soon(() => this.#read());
  }

  #read(): void {
    if (this.destroyed || this.#isPaused) return;
    const text = this.#unread.splice(0).join("");
    if (text !== "") this.emit("data", Buffer.from(text));
    // A handler of the data may have paused or destroyed this end.
    if (this.#isPaused || this.destroyed || this.#pendingEnd === undefined || this.#unread.length > 0) return;
    const how = this.#pendingEnd;
    this.#pendingEnd = undefined;
    if (how === "end") this.emit("end");
    else if (this.listenerCount("error") > 0)
      this.emit("error", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }
}
