import type { Connection } from "./connection.ts";
import type { Keyspace } from "./data/keyspace.ts";
import type { RedisModelOptions } from "./model-options.ts";
import type { Reply } from "./reply.ts";

export interface Wait {
  readonly connection: Connection;
  readonly database: number;
  readonly keys: readonly string[];
  /** Takes what the client waits for from this key, or returns undefined. */
  readonly take: (keys: Keyspace, key: string) => Reply | undefined;
  readonly answer: (reply: Reply) => void;
  /** 0: forever. */
  readonly timeoutMs: number;
}

/** The clients that wait for keys. The client that has waited longest is served first. */
export class Blocked {
  readonly #setTimer: RedisModelOptions["setTimer"];
  readonly #waits = new Map<Connection, { wait: Wait; cancelTimer: () => void }>();
  #isServing = false;

  constructor({ setTimer }: RedisModelOptions) {
    this.#setTimer = setTimer;
  }

  add(wait: Wait): void {
    const end = () => this.end(wait.connection, null);
    const cancelTimer = wait.timeoutMs === 0 ? () => undefined : this.#setTimer(wait.timeoutMs, end);
    this.#waits.set(wait.connection, { wait, cancelTimer });
  }

  has(connection: Connection): boolean {
    return this.#waits.has(connection);
  }

  /** Ends a wait with this answer. Returns false if the client does not wait. */
  end(connection: Connection, reply: Reply): boolean {
    const blocked = this.#waits.get(connection);
    if (blocked === undefined) return false;
    this.forget(connection);
    blocked.wait.answer(reply);
    return true;
  }

  forget(connection: Connection): void {
    this.#waits.get(connection)?.cancelTimer();
    this.#waits.delete(connection);
  }

  /** Serves the clients that wait for keys that a command has filled. */
  serve(database: number, keys: Keyspace): void {
    if (this.#waits.size === 0) keys.filled.clear();
    if (this.#isServing) return;
    this.#isServing = true;
    while (keys.filled.size > 0) {
      const filled = [...keys.filled];
      keys.filled.clear();
      for (const key of filled) this.#serveKey(database, keys, key);
    }
    this.#isServing = false;
  }

  #serveKey(database: number, keys: Keyspace, key: string): void {
    for (const [connection, { wait }] of this.#waits) {
      if (wait.database !== database || !wait.keys.includes(key)) continue;
      const reply = wait.take(keys, key);
      if (reply !== undefined) this.end(connection, reply);
    }
  }
}
