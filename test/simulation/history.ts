import type { Logger } from "pino";
import type { LogLine } from "./checks/check.ts";

interface Entry {
  readonly at: number;
  readonly what: string | LogLine;
}

/** What happened in a world: the faults, and what init logged. */
export class History {
  readonly #now: () => number;
  readonly #entries: Entry[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  note(what: string | LogLine): void {
    this.#entries.push({ at: this.#now(), what });
  }

  /** The messages that init has logged, without their fields. */
  get messages(): string[] {
    return this.#entries.flatMap(({ what }) => (typeof what === "string" ? [] : [what.message]));
  }

  /** A line per entry, without init's debug lines unless asked for. */
  lines(withDebug = false): string[] {
    return this.#entries.flatMap(({ at, what }) => {
      const time = `${(at / 1_000).toFixed(3).padStart(8)} s `;
      if (typeof what === "string") return [`${time} ** ${what}`];
      if (what.level === "debug" && !withDebug) return [];
      return [`${time} ${what.level} ${what.message} ${fieldsText(what.fields)}`];
    });
  }
}

function fieldsText(fields: LogLine["fields"]): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(" ");
}

/** A logger that passes each line on. */
export function simulatedLog(logged: (line: LogLine) => void): Logger {
  const method = (level: string) => (first: unknown, second?: string) =>
    logged(
      typeof first === "string"
        ? { level, fields: {}, message: first }
        : { level, fields: first as LogLine["fields"], message: second ?? "" },
    );
  const log = Object.fromEntries(
    ["trace", "debug", "info", "warn", "error", "fatal"].map((level) => [level, method(level)]),
  );
  return log as unknown as Logger;
}
