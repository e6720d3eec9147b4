import type { Logger } from "pino";
import type { ConnectionState } from "../bull/connection-watch.ts";
import { withoutArguments } from "../bull/describe-error.ts";
import type { ServerProblem } from "../bull/server-info.ts";

const everyMs = 10_000;

/** One line when Redis goes, one each ten seconds while it is away or comes and goes, one when it is back. */
export class RedisLog {
  readonly #log: Logger;
  readonly #address: string;
  #awaySinceMs: number | undefined;
  #isAwayLogged = false;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: Logger, address: string) {
    this.#log = log;
    this.#address = address;
  }

  state({ connected, error }: ConnectionState): void {
    const now = performance.now();
    if (connected) {
      // Of an outage that was not told, its end is not either.
      if (this.#awaySinceMs !== undefined && this.#isAwayLogged) {
        this.#log.info(`Redis at ${this.#address} is reachable again after ${Math.round(now - this.#awaySinceMs)} ms`);
      }
      this.#awaySinceMs = undefined;
      this.#isAwayLogged = false;
    } else if (error !== undefined) {
      this.#awaySinceMs ??= now;
      if (now - this.#loggedAtMs < everyMs) return;
      this.#loggedAtMs = now;
      this.#isAwayLogged = true;
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
      { err: withoutArguments(error) },
      `Redis at ${this.#address} refused: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  /** What is wrong with the server itself. */
  problems(problems: readonly ServerProblem[]): void {
    for (const { severity, text } of problems) this.#log[severity === "error" ? "error" : "warn"](text);
  }
}
