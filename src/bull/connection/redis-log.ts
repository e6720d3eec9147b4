import type { Logger } from "pino";
import { type Clock, monotonicClock } from "../../clock/monotonic.ts";
import { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import type { ConnectionState } from "./connection-watch.ts";
import { withoutArguments } from "./describe-error.ts";
import type { ServerProblem } from "./server-info.ts";

/**
 * Logs what happens to a process's connection to Redis, however often it fails: one line when the connection is lost or refused,
 * and one when it is back.
 */
export class RedisLog {
  readonly #log: Logger;
  readonly #address: string;
  readonly #clock: Clock;
  readonly #throttled: ThrottledWarnings;
  #awaySinceMs: number | undefined;
  #isAwayLogged = false;

  constructor(log: Logger, address: string, clock: Clock = monotonicClock) {
    this.#log = log;
    this.#address = address;
    this.#clock = clock;
    this.#throttled = new ThrottledWarnings(log, clock);
  }

  state({ connected, error, refused, attempts }: ConnectionState): void {
    if (connected) this.#back(attempts);
    else if (error !== undefined) this.#away(error, refused, attempts);
  }

  /** Logs that Redis answered a command with an error. */
  refused(error: unknown): void {
    this.#throttled.error({ address: this.#address, err: withoutArguments(error) }, "Redis refused a command");
  }

  /** Logs what is wrong with the server itself. */
  problems(problems: readonly ServerProblem[]): void {
    for (const { severity, text } of problems) this.#log[severity === "error" ? "error" : "warn"](text);
  }

  #away(reason: string, refused: boolean, attempts: number): void {
    this.#awaySinceMs ??= this.#clock.now();
    const fields = { address: this.#address, reason, attempts };
    const message = refused ? "Redis refused the connection; retrying" : "could not reach Redis; retrying";
    if (this.#throttled.error(fields, message, "away")) this.#isAwayLogged = true;
  }

  #back(attempts: number): void {
    // The end of an outage is logged only if its beginning was.
    if (this.#awaySinceMs !== undefined && this.#isAwayLogged) {
      const awayMs = Math.round(this.#clock.now() - this.#awaySinceMs);
      this.#log.info({ address: this.#address, awayMs, attempts }, "reached Redis again");
    }
    this.#awaySinceMs = undefined;
    this.#isAwayLogged = false;
  }
}
