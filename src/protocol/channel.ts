import net from "node:net";
import { StringDecoder } from "node:string_decoder";
import { setTimeout } from "node:timers/promises";
import * as v from "valibot";
import { Allowance } from "./allowance.ts";

export interface ChannelLimits {
  /** A longer line closes the channel. */
  readonly longestLine: number;
  /** The peer may send any number of messages. */
  readonly isUnmetered: boolean;
}

const defaultLimits: ChannelLimits = { longestLine: 4 * 1024 * 1024, isUnmetered: false };

/**
 * How many messages a peer that runs application code may send; a long message counts as several. A worker usually sends ten a
 * second, and at most two for each job.
 */
const allowed = { burst: 50_000, perSecond: 10_000 };
const charactersPerMessage = 1_024;
/** The event loop serves other peers between turns, and the effects of one turn's messages take place before the next turn. */
const messagesPerTurn = 100;

/** One side sent, or tried to send, something that is not a message. Both processes still run, but cannot communicate. */
export class ChannelFault extends Error {}

export interface ChannelHandlers<Incoming> {
  message(message: Incoming): void;
  /** The peer has closed the connection (EOF or a socket error), or a ChannelFault occurred. Called once. */
  closed(cause: Error | undefined): void;
}

/**
 * Sends and receives typed messages as JSON lines over one socket. Nothing here throws: every failure closes the channel, with
 * its cause.
 */
export class Channel<Incoming, Outgoing> {
  /** For code that manages sockets. Messages go through the channel. */
  readonly socket: net.Socket;
  readonly #handlers: ChannelHandlers<Incoming>;
  readonly #schema: v.GenericSchema<unknown, Incoming> | undefined;
  readonly #fit: (message: Outgoing) => unknown;
  readonly #allowance: Allowance | undefined;
  readonly #longestLine: number;
  /** What was read and not yet handled. */
  #text: string;
  /** The parts of a line whose end has not been read, and how long they are together. */
  readonly #pieces: string[] = [];
  #unfinished = 0;
  #closed = false;

  /** Without a schema the peer is init, which is trusted: its messages are neither validated nor limited. */
  constructor(
    socket: net.Socket,
    handlers: ChannelHandlers<Incoming>,
    schema?: v.GenericSchema<unknown, Incoming>,
    /** What was read before this channel took over the socket. */
    head = "",
    /** Shortens outgoing messages to fit. Without it, they are sent unchanged. */
    outgoing?: v.GenericSchema<unknown, Outgoing>,
    /** How much the peer may send, and how long a message may be. */
    limits: ChannelLimits = defaultLimits,
  ) {
    this.socket = socket;
    this.#handlers = handlers;
    this.#schema = schema;
    this.#fit = (message) => (outgoing === undefined ? message : v.parse(outgoing, message));
    this.#allowance = schema === undefined || limits.isUnmetered ? undefined : new Allowance(allowed);
    this.#longestLine = limits.longestLine;
    this.#text = head;
    const decoder = new StringDecoder("utf8");
    socket.on("data", (bytes: Buffer) => {
      this.#read(decoder.write(bytes));
    });
    const over = (cause?: Error) => {
      this.#deliver(Infinity);
      this.#close(cause);
    };
    socket.on("end", () => over());
    socket.on("error", over);
    socket.on("close", () => over());
    // At once: the peer may be dead, and then the first write to it ends the socket, with everything that is still unread.
    this.#deliver(Infinity);
  }

  /** Searches only what is new: a long message arrives in many pieces. */
  #read(piece: string): void {
    this.#pieces.push(piece);
    this.#unfinished += piece.length;
    if (!piece.includes("\n") && this.#unfinished + this.#text.length <= this.#longestLine) return;
    this.#text += this.#pieces.join("");
    this.#pieces.length = 0;
    this.#unfinished = 0;
    this.#takeTurn();
  }

  /** Stops reading while messages are pending, so that the rest waits in the peer's memory and not in this process's. */
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

  /** Handles at most `most` messages. */
  #deliver(most: number): void {
    for (let taken = 0; taken < most && !this.#closed; taken++) {
      const end = this.#text.indexOf("\n");
      if (end < 0) {
        if (this.#text.length > this.#longestLine)
          this.#close(new ChannelFault(`received a line of more than ${this.#longestLine} characters`));
        return;
      }
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.#takeLine(line);
    }
  }

  #takeLine(line: string): void {
    if (this.#allowance?.spend(1 + line.length / charactersPerMessage) === false) {
      this.#close(new ChannelFault(`received more than ${allowed.perSecond} messages per second`));
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
      // Before the socket is destroyed: a handler that kills the peer must do so before the peer's next write fails, which
      // application code could see.
      this.#handlers.closed(cause);
    } finally {
      this.socket.destroy();
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Never blocks. Messages that the peer does not read stay in memory until it closes. */
  send(message: Outgoing): void {
    if (this.#closed) return;
    const line = this.#lineOf(message);
    if (line instanceof Error) this.#close(line);
    else this.socket.write(line);
  }

  #lineOf(message: Outgoing): string | ChannelFault {
    try {
      const line = `${JSON.stringify(this.#fit(message))}\n`;
      if (line.length <= this.#longestLine) return line;
      return new ChannelFault(
        `cannot send a message of ${line.length} characters: expected at most ${this.#longestLine}`,
      );
    } catch (cause) {
      return new ChannelFault(`cannot send an invalid message: ${(cause as Error).message}`, { cause });
    }
  }

  /** Resolves when the kernel has accepted everything that was sent, or the channel is closed. */
  async flushed(): Promise<void> {
    if (this.#closed || this.socket.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      this.socket.write("", () => resolve());
      this.socket.once("close", () => resolve());
    });
  }

  /** Sends what is pending, then EOF. `handlers.closed` follows. */
  end(): void {
    this.socket.end();
  }

  /** In a forked child: closes the child's copy of the parent's socket. The parent's own stays open. */
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
    return new ChannelFault(`received an invalid message (${(cause as Error).message}): ${line.slice(0, 200)}`, {
      cause,
    });
  }
}

/** How long to retry while init's queue of connections is full, and how often. */
const dialTimeoutMs = 10_000;
const dialAgainMs = 20;

/** Connects to init's control socket. Rejects with the connection's error: ENOENT or ECONNREFUSED if there is no init. */
export async function dial(socketName: string): Promise<net.Socket> {
  const deadline = performance.now() + dialTimeoutMs;
  for (;;) {
    try {
      return await connect(socketName);
    } catch (cause) {
      // connect(2): for a nonblocking Unix socket, EAGAIN means that the queue of connections is full.
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
