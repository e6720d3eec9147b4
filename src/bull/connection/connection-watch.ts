import type { Redis } from "ioredis";
import { describeError } from "./describe-error.ts";
import type { CommandClient } from "./new-client.ts";

export interface ConnectionState {
  readonly connected: boolean;
  /** The last error's message while not connected. */
  readonly error: string | undefined;
  /** How often a connection was tried since the last one was lost. */
  readonly attempts: number;
}

/** Whether all of some clients are connected, and if not, why. Errors are told, never thrown. */
export class ConnectionWatch {
  readonly #clients = new Set<CommandClient>();
  readonly #onChange: (state: ConnectionState) => void;
  #error: string | undefined;
  #attempts = 0;
  #closed = false;

  constructor(onChange: (state: ConnectionState) => void) {
    this.#onChange = onChange;
  }

  get state(): ConnectionState {
    const connected = [...this.#clients].every(({ status }) => status === "ready");
    return { connected, error: connected ? undefined : this.#error, attempts: this.#attempts };
  }

  add<Client extends CommandClient>(client: Client): Client {
    const failed = (error: Error) => {
      this.#error = describeError(error);
      this.#changed();
    };
    // Both kinds of client are emitters of the same events; the union of their declarations is more than TypeScript takes.
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
    // One node's, while the others go on.
    if (client.isCluster) emitter.on("node error", failed);
    this.#clients.add(client);
    return client;
  }

  delete(client: CommandClient): void {
    this.#clients.delete(client);
    this.#changed();
  }

  /** Nothing is told from here on. */
  close(): void {
    this.#closed = true;
  }

  #changed(): void {
    const { connected } = this.state;
    if (connected) this.#error = undefined;
    if (!this.#closed) this.#onChange(this.state);
    if (connected) this.#attempts = 0;
  }
}
