import { EventEmitter } from "node:events";
import type { RedisConnection } from "bullmq";
import { notePossibleWait } from "../../engine/progress/waits.ts";

/** What a Worker reads of a connection before it is attached: what BullMQ assumes of a server that it does not know yet. */
const unknownServer = {
  version: "5.0.0",
  kind: "redis",
  capabilities: { canDoubleTimeout: false, canBlockFor1Ms: true },
};

type Client = Awaited<RedisConnection["client"]>;

/** BullMQ 5.0 waits for the client of its blocking connection when it closes a Worker, and disconnects it. */
const nobody = { disconnect: () => {} } as unknown as Client;

/**
 * Stands for a connection of an adopted Worker. In the template it has no client; what awaits the client continues in each
 * worker, where all adopted Workers share the worker's connection. Only a Worker whose application waits for jobs itself gets a
 * blocking connection of its own.
 */
export class ParkedConnection extends EventEmitter {
  readonly #attached = Promise.withResolvers<RedisConnection>();
  #shared: RedisConnection | undefined;
  #own: RedisConnection | undefined;
  #wasReady = false;
  #isEnded = false;

  /** Continues with this connection, which the Worker does not close. */
  attach(shared: RedisConnection): void {
    this.#shared = shared;
    this.#forward(shared);
    this.#attached.resolve(shared);
    void this.#tellReady(shared);
  }

  /** Continues with a connection that the Worker closes. */
  own(own: RedisConnection): void {
    this.#own = own;
    this.#forward(own);
  }

  get hasOwn(): boolean {
    return this.#own !== undefined;
  }

  /** From now on the Worker has no use for the client. */
  end(): void {
    this.#isEnded = true;
  }

  get client(): RedisConnection["client"] {
    if (this.#isEnded && !this.hasOwn) return Promise.resolve(nobody);
    if (!this.hasOwn) notePossibleWait();
    return this.#own?.client ?? this.#attached.promise.then(({ client }) => client);
  }

  get redisVersion(): string {
    return this.#real?.redisVersion ?? unknownServer.version;
  }

  get databaseType(): string {
    return this.#real?.databaseType ?? unknownServer.kind;
  }

  get capabilities(): RedisConnection["capabilities"] {
    return this.#real?.capabilities ?? unknownServer.capabilities;
  }

  async disconnect(wait?: boolean): Promise<void> {
    await this.#own?.disconnect(wait);
  }

  async reconnect(): Promise<void> {
    await this.#own?.reconnect();
  }

  async close(force?: boolean): Promise<void> {
    await this.#own?.close(force);
  }

  get #real(): RedisConnection | undefined {
    return this.#own ?? this.#shared;
  }

  /** BullMQ listens for all three. Without a listener, `error` would throw. */
  #forward(connection: RedisConnection): void {
    for (const event of ["ready", "close", "error"])
      connection.on(event, (...values: unknown[]) => {
        if (this.#real !== connection || this.listenerCount(event) === 0) return;
        this.#wasReady ||= event === "ready";
        this.emit(event, ...values);
      });
  }

  /** The shared connection may have been ready before this one listened to it. */
  async #tellReady(connection: RedisConnection): Promise<void> {
    try {
      await connection.client;
      if (!this.#wasReady) this.emit("ready");
    } catch {
      // The connection reports it as an error event.
    }
  }
}

/** The class that a Worker creates its connections with. It adds them to `made`. */
export function parkingClass(made: ParkedConnection[]): object {
  return class extends ParkedConnection {
    constructor() {
      super();
      made.push(this);
    }
  };
}
