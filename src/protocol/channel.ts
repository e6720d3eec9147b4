import net from "node:net";
import { StringDecoder } from "node:string_decoder";
import { setTimeout } from "node:timers/promises";
import * as v from "valibot";
import { Allowance } from "./allowance.ts";

/** A line longer than this is no message of ours. */
const maximumLineLength = 4 * 1024 * 1024;

/**
 * What a peer may send that runs code of the application, in messages; a long one counts for more. Workers send ten a second
 * as a rule, and two for each job at the most.
 */
const allowed = { burst: 50_000, perSecond: 10_000 };
const charactersPerMessage = 1_024;
/** Others are heard in between, and what a turn brings is dealt with before the next. */
const messagesPerTurn = 100;

/** One of the two has sent, or was about to, what is no message: both live, and cannot talk. */
export class ChannelFault extends Error {}

export interface ChannelHandlers<Incoming> {
  message(message: Incoming): void;
  /** The peer is gone (EOF, or the socket's error), or there is a ChannelFault. Called once. */
  closed(cause: Error | undefined): void;
}

/** Typed JSON lines over one socket. Nothing here throws: whatever goes wrong closes the channel, with its cause. */
export class Channel<Incoming, Outgoing> {
  /** For those who look after sockets as such; to talk, use the channel. */
  readonly socket: net.Socket;
  readonly #handlers: ChannelHandlers<Incoming>;
  readonly #schema: v.GenericSchema<unknown, Incoming> | undefined;
  readonly #fit: (message: Outgoing) => unknown;
  readonly #allowance: Allowance | undefined;
  /** What was read and not yet taken. */
  #text: string;
  #closed = false;

  /** Without a schema the peer is init, which is trusted: what it sends is taken as it is typed, however much it is. */
  constructor(
    socket: net.Socket,
    handlers: ChannelHandlers<Incoming>,
    schema?: v.GenericSchema<unknown, Incoming>,
    /** What came before this channel took the socket over. */
    head = "",
    /** What is sent is made to fit by it. Without, it does as it is. */
    outgoing?: v.GenericSchema<unknown, Outgoing>,
  ) {
    this.socket = socket;
    this.#handlers = handlers;
    this.#schema = schema;
    this.#fit = (message) => (outgoing === undefined ? message : v.parse(outgoing, message));
    this.#allowance = schema === undefined ? undefined : new Allowance(allowed);
    this.#text = head;
    const decoder = new StringDecoder("utf8");
    socket.on("data", (bytes: Buffer) => {
      this.#text += decoder.write(bytes);
      this.#takeTurn();
    });
    const over = (cause?: Error) => {
      this.#deliver(Infinity);
      this.#close(cause);
    };
    socket.on("end", () => over());
    socket.on("error", over);
    socket.on("close", () => over());
    // Now, not in a while: the peer may be dead, and the first write to it then ends the socket with all that is unread.
    this.#deliver(Infinity);
  }

  /** Nothing more is read while there is something to take: the rest waits in the peer's memory, and not in ours. */
  #takeTurn(): void {
    this.#deliver(this.#allowance === undefined ? Infinity : messagesPerTurn);
    if (this.#closed) return;
    if (!this.#text.includes("\n")) {
      this.socket.resume();
      return;
    }
    this.socket.pause();
    setImmediate(() => this.#takeTurn());
  }

  /** At most so many messages. */
  #deliver(most: number): void {
    for (let taken = 0; taken < most && !this.#closed; taken++) {
      const end = this.#text.indexOf("\n");
      if (end < 0) {
        if (this.#text.length > maximumLineLength)
          this.#close(new ChannelFault(`a line of over ${maximumLineLength} characters`));
        return;
      }
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#takeLine(line);
    }
  }

  #takeLine(line: string): void {
    if (this.#allowance?.spend(1 + line.length / charactersPerMessage) === false) {
      this.#close(new ChannelFault(`it sends more than init takes: ${allowed.perSecond} messages a second`));
      return;
    }
    const message = parse(line, this.#schema);
    if (message instanceof Error) this.#close(message);
    else this.#handlers.message(message);
  }

  #close(cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      // First: who ends the peer because of this does so before its next write fails, which code of the application may see.
      this.#handlers.closed(cause);
    } finally {
      this.socket.destroy();
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Never blocks; what the peer does not read is kept in memory until it closes. */
  send(message: Outgoing): void {
    if (this.#closed) return;
    const line = this.#lineOf(message);
    if (line instanceof Error) this.#close(line);
    else this.socket.write(line);
  }

  #lineOf(message: Outgoing): string | ChannelFault {
    try {
      const line = `${JSON.stringify(this.#fit(message))}\n`;
      if (line.length <= maximumLineLength) return line;
      return new ChannelFault(`a message of ${line.length} characters was to be sent, of ${maximumLineLength} at most`);
    } catch (cause) {
      return new ChannelFault(`what was to be sent is not a message: ${(cause as Error).message}`, { cause });
    }
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

function parse<Incoming>(
  line: string,
  schema: v.GenericSchema<unknown, Incoming> | undefined,
): Incoming | ChannelFault {
  try {
    const value: unknown = JSON.parse(line);
    return schema === undefined ? (value as Incoming) : v.parse(schema, value);
  } catch (cause) {
    return new ChannelFault(`not a message (${(cause as Error).message}): ${line.slice(0, 200)}`, { cause });
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
