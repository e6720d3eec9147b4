import type { Logger } from "pino";
import { type Clock, monotonicClock } from "../clock/monotonic.ts";

const everyMs = 10_000;

/** For operations that are retried and fail repeatedly: logs each kind at most once every ten seconds, with the number of lines left out. */
export class ThrottledWarnings {
  readonly #log: Pick<Logger, "warn" | "error">;
  readonly #clock: Clock;
  readonly #logged = new Map<string, { atMs: number; leftOut: number }>();

  constructor(log: Pick<Logger, "warn" | "error">, clock: Clock = monotonicClock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `kind`: groups messages that differ in details. Returns whether this one was logged. */
  warn(fields: Readonly<Record<string, unknown>>, message: string, kind = message): boolean {
    return this.#write("warn", fields, message, kind);
  }

  error(fields: Readonly<Record<string, unknown>>, message: string, kind = message): boolean {
    return this.#write("error", fields, message, kind);
  }

  #write(level: "warn" | "error", fields: Readonly<Record<string, unknown>>, message: string, kind: string): boolean {
    const now = this.#clock.now();
    const last = this.#logged.get(kind);
    if (last !== undefined && now - last.atMs < everyMs) {
      last.leftOut += 1;
      return false;
    }
    this.#logged.set(kind, { atMs: now, leftOut: 0 });
    const leftOut = last?.leftOut ?? 0;
    this.#log[level]({ ...fields, ...(leftOut > 0 && { leftOut }) }, message);
    return true;
  }
}
