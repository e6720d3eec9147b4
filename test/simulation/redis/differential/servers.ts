import { once } from "node:events";
import net from "node:net";
import type { Connection } from "../connection.ts";
import { RedisModel } from "../redis-model.ts";
import { encodeReply } from "../wire/encode-reply.ts";
import { type Decoded, decodeReply } from "./decode.ts";

export type CommandWords = readonly string[];

/** A server whose replies are compared: the model, or a real one. Words have one character for each byte. */
export interface ComparedServer {
  send(commands: readonly CommandWords[]): Promise<Decoded[]>;
}

/** A connection to a real server without a client library between. */
export class RealServer implements ComparedServer {
  readonly #socket: net.Socket;
  #received = "";
  #wake: () => void = () => undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RealServer> {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RealServer(socket);
  }

  async send(commands: readonly CommandWords[]): Promise<Decoded[]> {
    this.#socket.write(commands.map(encodeCommand).join(""), "latin1");
    const replies: Decoded[] = [];
    let at = 0;
    while (replies.length < commands.length) {
      const reply = decodeReply(this.#received, at);
      if (reply === undefined) await this.#more();
      else {
        replies.push(reply.value);
        at = reply.end;
      }
    }
    this.#received = this.#received.slice(at);
    return replies;
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the server did not answer within 10 s")), 10_000);
      this.#wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

function encodeCommand(words: CommandWords): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

/** A model, through its encoder of replies. */
export class ModelServer implements ComparedServer {
  readonly #model: RedisModel;
  readonly #connection: Connection;

  constructor(model: RedisModel) {
    const connection = model.connect();
    if (connection === undefined) throw new Error("the model refuses connections");
    this.#model = model;
    this.#connection = connection;
  }

  // oxlint-disable-next-line typescript/require-await -- the real server needs a promise
  async send(commands: readonly CommandWords[]): Promise<Decoded[]> {
    return commands.map((words) => {
      let encoded = "";
      this.#connection.submit(words, (reply) => {
        encoded = encodeReply(reply, this.#connection.protocol);
      });
      // A blocking command that found nothing ends at once, with its timeout.
      this.#model.blocked.end(this.#connection, null);
      return decodeReply(encoded)?.value ?? null;
    });
  }
}

export function newModelServer(): ModelServer {
  return new ModelServer(new RedisModel({ now: Date.now, setTimer: () => () => undefined }));
}
