import { setTimeout } from "node:timers/promises";
import type { Redis, RedisOptions } from "ioredis";
import type { Bull } from "./load-bull.ts";
import { newClient } from "./new-client.ts";
import type { RedisTarget } from "./redis-target.ts";

export interface ConnectionState {
  readonly connected: boolean;
  /** The last error's message while not connected. */
  readonly error: string | undefined;
}

const retryFirstMs = 50;
const retryMaximumMs = 1_000;
const quitTimeoutMs = 500;

/** One after another 50, 100, 200 … 1,000 ms, each up to a fifth sooner so that a fleet doesn't come back in step. */
function retryDelayMs(attempt: number): number {
  return Math.min(retryMaximumMs, retryFirstMs * 2 ** (attempt - 1)) * (1 - Math.random() / 5);
}

/** The two connections of a worker process, however many queues it has. Errors are reported, never thrown. */
export class Connections {
  /** Every command but the blocking one. What was sent and not answered is sent again after a reconnect. */
  readonly command: Redis;
  /** Waits for jobs. What was sent on it is forgotten when it breaks: see BlockingWait. */
  readonly blocking: Redis;
  readonly #onChange: () => void;
  #error: string | undefined;
  #closing = false;

  constructor(bull: Bull, target: RedisTarget, onChange: () => void) {
    this.#onChange = onChange;
    this.command = this.#open(bull, target, {});
    this.blocking = this.#open(bull, target, { autoResendUnfulfilledCommands: false });
  }

  get state(): ConnectionState {
    const connected = this.command.status === "ready" && this.blocking.status === "ready";
    return { connected, error: connected ? undefined : this.#error };
  }

  /** Under which names the two are listed in CLIENT LIST, now and after each reconnect. */
  rename(names: readonly [string, string]): void {
    for (const [index, client] of [this.blocking, this.command].entries()) {
      const name = names[index];
      if (name === undefined || client.options.connectionName === name) continue;
      client.options.connectionName = name;
      if (client.status === "ready") client.client("SETNAME", name).catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.blocking.disconnect();
    if (this.command.status === "ready") {
      await Promise.race([this.command.quit().catch(() => {}), setTimeout(quitTimeoutMs, undefined, { ref: false })]);
    }
    this.command.disconnect();
  }

  #open(bull: Bull, target: RedisTarget, own: RedisOptions): Redis {
    const client = newClient(bull, target, {
      ...own,
      lazyConnect: false,
      enableOfflineQueue: true,
      maxRetriesPerRequest: null,
      retryStrategy: retryDelayMs,
    });
    client.on("error", (error: Error) => {
      this.#error = describe(error);
      this.#changed();
    });
    client.on("ready", () => this.#changed());
    client.on("close", () => {
      this.#error ??= "connection lost";
      this.#changed();
    });
    return client;
  }

  #changed(): void {
    if (this.state.connected) this.#error = undefined;
    if (!this.#closing) this.#onChange();
  }
}

/** Node's AggregateError of a refused connection has no message of its own. */
function describe(error: Error & { code?: unknown; errors?: unknown }): string {
  if (error.message !== "") return error.message;
  const first: unknown = Array.isArray(error.errors) ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : typeof error.code === "string" ? error.code : error.name;
}
