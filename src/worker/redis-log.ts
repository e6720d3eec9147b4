import type { Logger } from "pino";
import type { ConnectionState } from "../bull/connections.ts";

const everyMs = 10_000;

/** One line when Redis goes, one each ten seconds while it is away, one when it is back. */
export class RedisLog {
  readonly #log: Logger;
  readonly #address: string;
  #awaySinceMs: number | undefined;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: Logger, address: string) {
    this.#log = log;
    this.#address = address;
  }

  state({ connected, error }: ConnectionState): void {
    const now = performance.now();
    if (connected) {
      if (this.#awaySinceMs !== undefined) {
        this.#log.info(`Redis at ${this.#address} is reachable again after ${Math.round(now - this.#awaySinceMs)} ms`);
      }
      this.#awaySinceMs = undefined;
    } else if (error !== undefined) {
      this.#awaySinceMs ??= now;
      if (now - this.#loggedAtMs < everyMs) return;
      this.#loggedAtMs = now;
      this.#log.error(
        { address: this.#address, reason: error },
        `Redis at ${this.#address} is unreachable (${error}): trying on`,
      );
    }
  }

  /** Redis answered a command with an error. */
  refused(error: unknown): void {
    const now = performance.now();
    if (now - this.#refusedAtMs < everyMs) return;
    this.#refusedAtMs = now;
    this.#log.error(
      { err: error },
      `Redis at ${this.#address} refused: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
