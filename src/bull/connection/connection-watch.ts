import type { Redis } from "ioredis";
import { describeError, isAnswer } from "./describe-error.ts";
import type { CommandClient } from "./new-client.ts";

export interface ConnectionState {
  readonly connected: boolean;
  /** The message of the last error while not connected. */
  readonly error: string | undefined;
  /** Redis was reached, and refused the connection with this error. */
  readonly refused: boolean;
  /** The number of attempts to connect since the last connection was lost. */
  readonly attempts: number;
}

/** Watches whether all of a set of clients are connected, and if not, why. Reports errors and never throws them. */
export class ConnectionWatch {
  readonly #clients = new Set<CommandClient>();
  readonly #onChange: (state: ConnectionState) => void;
  #error: string | undefined;
  #isRefused = false;
  #attempts = 0;
  #closed = false;

  constructor(onChange: (state: ConnectionState) => void) {
    this.#onChange = onChange;
  }

  get state(): ConnectionState {
    const connected = [...this.#clients].every(({ status }) => status === "ready");
    return {
      connected,
      error: connected ? undefined : this.#error,
      refused: this.#isRefused,
      attempts: this.#attempts,
    };
  }

  add<Client extends CommandClient>(client: Client): Client {
    const failed = (error: Error) => {
      this.#error = describeError(error);
      this.#isRefused = isAnswer(error);
      this.#changed();
    };
    // Both kinds of client emit the same events, but TypeScript cannot resolve a call on the union of their types.
    const emitter = client as Redis;
    emitter.on("error", failed);
    emitter.on("connecting", () => {
      this.#attempts += 1;
    });
    emitter.on("ready", () => this.#changed());
    emitter.on("close", () => {
      this.#error ??= "connection lost";
      this.#changed();
    });
    // The error of one node, while the others continue.
    if (client.isCluster) emitter.on("node error", failed);
    this.#clients.add(client);
    return client;
  }

  delete(client: CommandClient): void {
    this.#clients.delete(client);
    this.#changed();
  }

  /** Reports no further changes. */
  close(): void {
    this.#closed = true;
  }

  #changed(): void {
    const { connected } = this.state;
    if (connected) {
      this.#error = undefined;
      this.#isRefused = false;
    }
    if (!this.#closed) this.#onChange(this.state);
    if (connected) this.#attempts = 0;
  }
}
