import net from "node:net";
import { StringDecoder } from "node:string_decoder";
import { setTimeout } from "node:timers/promises";
import * as v from "valibot";

/** A line longer than this is no message of ours. */
const maximumLineLength = 4 * 1024 * 1024;

export interface ChannelHandlers<Incoming> {
  message(message: Incoming): void;
  /** The peer is gone: EOF, an error, or a line that is no message (then `cause` says so). Called once. */
  closed(cause: Error | undefined): void;
}

/** Typed JSON lines over one socket. Nothing here throws: whatever goes wrong closes the channel, with its cause. */
export class Channel<Incoming, Outgoing> {
  /** For those who look after sockets as such; to talk, use the channel. */
  readonly socket: net.Socket;
  #closed = false;

  /** Without a schema the peer is init, which is trusted: what it sends is taken as it is typed. */
  constructor(
    socket: net.Socket,
    handlers: ChannelHandlers<Incoming>,
    schema?: v.GenericSchema<unknown, Incoming>,
    /** What came before this channel took the socket over. */
    head = "",
  ) {
    this.socket = socket;
    const decoder = new StringDecoder("utf8");
    let partial = head;
    const close = (cause?: Error) => {
      if (this.#closed) return;
      this.#closed = true;
      socket.destroy();
      handlers.closed(cause);
    };
    const takeLines = () => {
      for (let end = partial.indexOf("\n"); end >= 0 && !this.#closed; end = partial.indexOf("\n")) {
        const line = partial.slice(0, end);
        partial = partial.slice(end + 1);
        const message = parse(line, schema);
        if (message instanceof Error) close(message);
        else handlers.message(message);
      }
      if (partial.length > maximumLineLength) close(new Error(`a line of over ${maximumLineLength} characters`));
    };
    socket.on("data", (bytes: Buffer) => {
      partial += decoder.write(bytes);
      takeLines();
    });
    socket.on("end", () => close());
    socket.on("error", close);
    socket.on("close", () => close());
    // Now, not in a while: the peer may be dead, and the first write to it then ends the socket with all that is unread.
    takeLines();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Never blocks; what the peer does not read is kept in memory until it closes. */
  send(message: Outgoing): void {
    if (!this.#closed) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Resolves when everything sent was handed to the kernel, or the channel is closed. */
  async flushed(): Promise<void> {
    if (this.#closed || this.socket.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      this.socket.write("", () => resolve());
      this.socket.once("close", () => resolve());
    });
  }

  /** Sends what is still to be sent, then EOF. `handlers.closed` follows. */
  end(): void {
    this.socket.end();
  }

  /** In a forked child: closes our copy of the parent's socket; the parent's own stays as it is. */
  abandon(): void {
    this.#closed = true;
    this.socket.destroy();
  }
}

function parse<Incoming>(line: string, schema: v.GenericSchema<unknown, Incoming> | undefined): Incoming | Error {
  try {
    const value: unknown = JSON.parse(line);
    return schema === undefined ? (value as Incoming) : v.parse(schema, value);
  } catch (cause) {
    return new Error(`not a message: ${line.slice(0, 200)}`, { cause });
  }
}

/** How long a crowd that fills init's queue of connections may keep us waiting, and how often we try. */
const dialTimeoutMs = 10_000;
const dialAgainMs = 20;

/** Connects to init's control socket. Rejects with the connection's error, ENOENT or ECONNREFUSED when there is no init. */
export async function dial(socketName: string): Promise<net.Socket> {
  const deadline = performance.now() + dialTimeoutMs;
  for (;;) {
    try {
      return await connect(socketName);
    } catch (cause) {
      // connect(2): on a unix socket that does not block, the queue is full.
      if ((cause as NodeJS.ErrnoException).code !== "EAGAIN" || performance.now() > deadline) throw cause;
      await setTimeout(dialAgainMs);
    }
  }
}

async function connect(socketName: string): Promise<net.Socket> {
  const socket = net.connect({ path: `\0${socketName}` });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.removeAllListeners("error");
  return socket;
}
