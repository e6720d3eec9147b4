import { EventEmitter } from "node:events";
import type { Connection } from "../../redis/connection.ts";
import { refusals } from "../../redis/model-options.ts";
import { ReplyError } from "../../redis/reply.ts";
import { encodeReply } from "../../redis/wire/encode-reply.ts";
import { RequestParser, toBytes } from "../../redis/wire/request-parser.ts";
import { type Host, kernel, type Task } from "../../time/virtual-time.ts";
import type { Network } from "./network.ts";

/** How often a server that does not run is asked whether it has read the end of a connection. */
const lookAgainMs = 100;

/**
 * What ioredis takes for a socket: bytes take time in both directions and keep their order, and callbacks run only while the process
 * can run.
 */
export class NetworkStream extends EventEmitter {
  readonly remoteAddress = "10.0.0.1";
  readonly remotePort = 6379;
  readonly #network: Network;
  readonly #host: Host;
  readonly #closed: () => void;
  readonly #parser = new RequestParser();
  #connection: Connection | undefined;
  #sentUntil = 0;
  #arrivedUntil = 0;
  #replies = "";
  #timeout: Task | undefined;
  /** What was written while the stream was corked. */
  #held = "";
  /** How many more calls of cork() there were than of uncork(). */
  writableCorked = 0;
  connecting = true;
  destroyed = false;
  writable = true;

  constructor(network: Network, host: Host, closed: () => void) {
    super();
    this.#network = network;
    this.#host = host;
    this.#closed = closed;
    this.#toServer(() => this.#accept());
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  /** Only ioredis' limit of the time of connecting is needed. */
  setTimeout(ms: number, late?: () => void): this {
    if (this.#timeout !== undefined) this.#timeout.isCancelled = true;
    if (ms > 0 && late !== undefined) this.#timeout = this.#network.schedule.time.after(ms, this.#host, late);
    return this;
  }

  write(chunk: string | Buffer): boolean {
    if (!this.writable || this.#host.isDead) return false;
    this.#held += toBytes(chunk);
    if (this.writableCorked === 0) this.#flush();
    return true;
  }

  cork(): void {
    this.writableCorked += 1;
  }

  uncork(): void {
    if (this.writableCorked === 0) return;
    this.writableCorked -= 1;
    if (this.writableCorked === 0) this.#flush();
  }

  /** Writes everything first, as Node does. */
  end(): void {
    if (!this.writable) return;
    this.writableCorked = 0;
    this.#flush();
    this.#hangUpNow();
  }

  #hangUpNow(): void {
    if (!this.writable) return;
    this.#held = "";
    this.writable = false;
    this.#toServer(() => this.#hangUp());
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.#hangUpNow();
    this.#after(0, () => this.#over(error));
    this.destroyed = true;
    return this;
  }

  /** The process has died. */
  abandon(): void {
    this.#hangUpNow();
    this.destroyed = true;
  }

  #flush(): void {
    const bytes = this.#held;
    this.#held = "";
    if (bytes !== "" && this.writable && !this.#host.isDead) this.#toServer(() => this.#receive(bytes));
  }

  #accept(): void {
    const network = this.#network;
    const isSpared = network.spared.has(this.#host);
    if (network.server.reachability === "up" && !isSpared && network.refusals.hasTooManyClients)
      return this.#turnAway();
    this.#connection = network.server.connect();
    if (this.#connection === undefined) {
      const error = new Error("connect ECONNREFUSED 10.0.0.1:6379");
      return this.#toClient(() =>
        this.#over(Object.assign(error, { code: "ECONNREFUSED", syscall: "connect", errno: -111 })),
      );
    }
    if (!isSpared) network.refusals.accepted(this.#connection.id);
    network.hostOf.set(this.#connection.id, this.#host);
    this.#connection.onClose(() => {
      if (this.writable) network.lostAt.set(this.#host, network.schedule.time.now);
      this.#toClient(() => this.#over());
    });
    this.#connected();
  }

  /** Redis accepts the connection, says why it does not serve it, and closes it. */
  #turnAway(): void {
    this.#connected();
    this.#reply(encodeReply(new ReplyError(refusals.MAXCLIENTS), 2));
    this.#toClient(() => this.#over());
  }

  #connected(): void {
    this.#toClient(() => {
      if (this.destroyed) return;
      this.connecting = false;
      this.emit("connect");
    });
  }

  #receive(bytes: string): void {
    const connection = this.#connection;
    if (connection === undefined || connection.isClosed) return;
    for (const argv of this.#parser.push(bytes))
      connection.submit(argv, (reply) => this.#reply(encodeReply(reply, connection.protocol)));
  }

  #reply(text: string): void {
    if (this.#replies === "")
      this.#toClient(() => {
        const replies = this.#replies;
        this.#replies = "";
        if (!this.destroyed) this.emit("data", Buffer.from(replies, "latin1"));
      });
    this.#replies += text;
  }

  /** A server that does not run reads what was sent, and the end, when it runs again. */
  #hangUp(): void {
    const { server, schedule } = this.#network;
    if (server.reachability === "silent") schedule.time.after(lookAgainMs, kernel, () => this.#hangUp());
    else this.#connection?.close();
  }

  #over(error?: Error): void {
    this.#closed();
    this.connecting = false;
    this.writable = false;
    this.destroyed = true;
    this.setTimeout(0);
    if (error !== undefined && this.listenerCount("error") > 0) this.emit("error", error);
    this.emit("close");
    this.removeAllListeners();
  }

  #toServer(arrive: () => void): void {
    const { time } = this.#network.schedule;
    this.#sentUntil = Math.max(this.#sentUntil, time.now + this.#network.delayMs(this.#host));
    time.after(this.#sentUntil - time.now, kernel, arrive);
  }

  #toClient(arrive: () => void): void {
    if (this.#host.isDead) return;
    const { time } = this.#network.schedule;
    this.#arrivedUntil = Math.max(this.#arrivedUntil, time.now + this.#network.delayMs(this.#host));
    this.#after(this.#arrivedUntil - time.now, arrive);
  }

  #after(ms: number, run: () => void): void {
    this.#network.schedule.time.after(ms, this.#host, run);
  }
}
