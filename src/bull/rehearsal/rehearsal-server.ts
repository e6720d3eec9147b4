import { Duplex } from "node:stream";
import { leaveConnector } from "../parking/defer-connection.ts";
import { CommandReader } from "./commands.ts";
import { Replies } from "./replies.ts";

/** The socket of a client, as far as ioredis uses one. Nothing that is written to it leaves the process. */
class RehearsalStream extends Duplex {
  readonly #reader = new CommandReader();
  readonly #replies: Replies;

  constructor(replies: Replies) {
    super();
    this.#replies = replies;
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (const command of this.#reader.read(bytes)) {
      // ioredis takes a reply for that of a command which it has noted, and notes a command after it has written it.
      const reply = (text: string | null) =>
        setImmediate(() => {
          if (!this.destroyed) this.push(text, "utf8");
        });
      this.#replies.answer(command, reply);
      if (command[0]?.toLowerCase() === "quit") reply(null);
    }
    done();
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}

export interface RehearsalServer {
  /** For ioredis: options of a client whose server this is. */
  readonly options: { readonly Connector: unknown };
  /** Resolves when a client waits for a job. */
  readonly waiting: Promise<void>;
  /** Ends what connections are left. */
  close(): void;
}

/** A Redis that exists only in this process, and has no jobs. */
export function rehearsalServer(): RehearsalServer {
  const { promise: waiting, resolve: blocked } = Promise.withResolvers<void>();
  const unblockers = new Set<() => void>();
  const streams = new Set<RehearsalStream>();
  /** ioredis creates one for each client (its AbstractConnector). */
  class Connector {
    connecting = false;
    #stream: RehearsalStream | undefined;

    constructor() {
      leaveConnector(this);
    }

    check(): boolean {
      return true;
    }

    connect(): Promise<Duplex> {
      this.#stream = new RehearsalStream(new Replies(blocked, unblockers));
      streams.add(this.#stream);
      return Promise.resolve(this.#stream);
    }

    disconnect(): void {
      this.connecting = false;
      this.#stream?.end();
    }
  }
  return {
    options: { Connector },
    waiting,
    close() {
      for (const stream of streams) stream.destroy();
    },
  };
}
