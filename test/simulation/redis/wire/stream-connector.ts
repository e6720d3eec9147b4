import type { Socket } from "node:net";
import { AbstractConnector, type RedisOptions } from "ioredis";
import type { RedisModel } from "../redis-model.ts";
import { ModelStream } from "./model-stream.ts";

/**
 * Returns a class for ioredis' option `Connector`, with which a client talks to a model:
 *
 *     new Redis({ Connector: streamConnector(() => model) })
 *
 * `serverOf` is asked at each attempt to connect, with the client's options, so that a name may come to mean another server. If
 * it returns undefined, the connection is refused.
 */
export function streamConnector(serverOf: (options: RedisOptions) => RedisModel | undefined) {
  return class StreamConnector extends AbstractConnector {
    readonly #options: RedisOptions;

    constructor(options: unknown) {
      super(0);
      this.#options = options as RedisOptions;
    }

    // oxlint-disable-next-line typescript/require-await -- ioredis expects a promise
    override async connect(): Promise<Socket> {
      this.connecting = true;
      const stream = new ModelStream(serverOf(this.#options)) as unknown as Socket;
      this.stream = stream;
      return stream;
    }

    /** Without the timer of ioredis' own, because the stream always ends. */
    override disconnect(): void {
      this.connecting = false;
      this.stream?.end();
    }
  };
}
