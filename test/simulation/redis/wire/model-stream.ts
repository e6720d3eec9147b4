import { Duplex } from "node:stream";
import type { Connection } from "../connection.ts";
import type { RedisModel } from "../redis-model.ts";
import { encodeReply } from "./encode-reply.ts";
import { RequestParser, toBytes } from "./request-parser.ts";

/** What ioredis takes for a socket. It behaves like one of node:net, as far as ioredis and forker look. */
export class ModelStream extends Duplex {
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 6379;
  readonly #parser = new RequestParser();
  connecting = true;
  #connection: Connection | undefined;
  #replies = "";

  constructor(server: RedisModel | undefined) {
    super({ decodeStrings: false, allowHalfOpen: false });
    process.nextTick(() => this.#connect(server));
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    for (const argv of this.#parser.push(toBytes(chunk))) this.#submit(argv);
    done();
  }

  override _read(): void {
    // Replies are pushed when they come.
  }

  override _final(done: () => void): void {
    this.#connection?.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.connecting = false;
    this.#connection?.close();
    done(error);
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** ioredis limits the time of connecting with it. A model that is silent accepts the connection, as a kernel does. */
  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #connect(server: RedisModel | undefined): void {
    if (this.destroyed) return;
    this.#connection = server?.connect();
    if (this.#connection === undefined) {
      const error = new Error("connect ECONNREFUSED 127.0.0.1:6379");
      this.destroy(Object.assign(error, { code: "ECONNREFUSED", syscall: "connect", errno: -111 }));
      return;
    }
    this.#connection.onClose(() => this.#end());
    this.connecting = false;
    this.emit("connect");
  }

  #submit(argv: readonly string[]): void {
    const connection = this.#connection;
    connection?.submit(argv, (reply) => {
      // ioredis expects its answer after it has written the command.
      if (this.#replies === "") process.nextTick(() => this.#flush());
      this.#replies += encodeReply(reply, connection.protocol);
    });
  }

  #flush(): void {
    const replies = this.#replies;
    this.#replies = "";
    if (!this.destroyed && replies !== "") this.push(Buffer.from(replies, "latin1"));
  }

  /** The server has closed the connection: the answers before that arrive, and then the end. */
  #end(): void {
    if (this.destroyed) return;
    process.nextTick(() => {
      this.#flush();
      this.push(null);
      this.destroy();
    });
  }
}
