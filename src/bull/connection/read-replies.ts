import type { Cluster, Redis } from "ioredis";
import { decodeReply, StringCache } from "./decode-reply.ts";
import { ScriptCommand } from "./script-command.ts";
import { SettleInTurn } from "./settle-in-turn.ts";

/** The commands that Redis has not answered. */
interface CommandQueue {
  readonly length: number;
  peekAt(index: number): { readonly command: unknown } | undefined;
  shift(): unknown;
}

type Read = (bytes: Buffer) => void;

/**
 * Makes a client decode the replies to its ScriptCommands itself, and leave all others to ioredis, which keeps the fields of its
 * decoder in WeakMaps, and makes a Buffer of a string first.
 */
export function readReplies(client: Redis | Cluster): void {
  if ("nodes" in client) return;
  // ioredis listens to the connection before it emits this, and nothing has arrived.
  client.on("connect", () => readFrom(client));
}

function readFrom(client: Redis): void {
  const { stream } = client;
  const [given] = stream.listeners("data") as Read[];
  if (given === undefined || queueOf(client) === undefined) return;
  stream.removeListener("data", given);
  stream.prependListener("data", new ReplyReader(client, given).read);
}

/** ioredis replaces the queue when it has lost a connection. undefined: this ioredis has another one. */
function queueOf(client: Redis): CommandQueue | undefined {
  const { commandQueue: queue } = client as unknown as { readonly commandQueue?: Partial<CommandQueue> };
  return typeof queue?.peekAt === "function" && typeof queue.shift === "function" ? (queue as CommandQueue) : undefined;
}

class ReplyReader {
  readonly #client: Redis;
  readonly #given: Read;
  readonly #strings = new StringCache();
  readonly #settle = new SettleInTurn();
  /** ioredis has read a part of a reply. */
  #isHalfway = false;

  constructor(client: Redis, given: Read) {
    this.#client = client;
    this.#given = given;
  }

  readonly read = (bytes: Buffer): void => {
    let at = 0;
    while (at < bytes.length) {
      const queue = queueOf(this.#client);
      const command = this.#isHalfway ? undefined : queue?.peekAt(0)?.command;
      const decoded = command === undefined ? undefined : decodeReply(bytes, at, this.#strings);
      if (decoded === undefined) return this.#leave(bytes.subarray(at));
      const { value, end } = decoded;
      if (command instanceof ScriptCommand) {
        queue?.shift();
        this.#settle.add(command, value);
      } else this.#giveOn(bytes.subarray(at, end));
      at = end;
    }
    this.#settle.begin();
  };

  /** Until no command waits for a reply, it is not known where the next reply begins. */
  #leave(bytes: Buffer): void {
    this.#giveOn(bytes);
    this.#isHalfway = queueOf(this.#client)?.length !== 0;
  }

  /** Replies settle their commands in the order in which they were sent. */
  #giveOn(bytes: Buffer): void {
    this.#settle.finish();
    this.#given(bytes);
  }
}
