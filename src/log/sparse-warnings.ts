import type { Logger } from "pino";
import { type Clock, monotonicClock } from "../clock/monotonic.ts";

const everyMs = 10_000;

/** For what is tried again and again, and fails as often: each message once in ten seconds, and how often it was left out. */
export class SparseWarnings {
  readonly #log: Pick<Logger, "warn" | "error">;
  readonly #clock: Clock;
  readonly #told = new Map<string, { atMs: number; leftOut: number }>();

  constructor(log: Pick<Logger, "warn" | "error">, clock: Clock = monotonicClock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `message`: one of a few, for each is remembered; what differs belongs in the fields. */
  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#say("warn", fields, message);
  }

  error(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#say("error", fields, message);
  }

  #say(level: "warn" | "error", fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = this.#clock.now();
    const last = this.#told.get(message);
    if (last !== undefined && now - last.atMs < everyMs) {
      last.leftOut += 1;
      return;
    }
    this.#told.set(message, { atMs: now, leftOut: 0 });
    const leftOut = last?.leftOut ?? 0;
    this.#log[level]({ ...fields, ...(leftOut > 0 && { leftOut }) }, message);
  }
}
