import type { PageEvent } from "../../admin/page/page-state.ts";
import type { Level } from "../../log/leveled-log.ts";
import { printable } from "../../text/printable.ts";

const eventsAtMost = 60;
const fieldsAtMost = 12;
const textAtMost = 300;
const listAtMost = 5;

/** The latest lines that init logged about its processes and jobs, for the page: deaths, reloads, failures, orders. */
export class RecentEvents {
  readonly #events = new Map<string, PageEvent>();
  readonly #epochNow: () => number;
  #count = 0;

  constructor(epochNow: () => number) {
    this.#epochNow = epochNow;
  }

  record(level: Level, fields: object, message: string): void {
    if (level === "debug") return;
    this.#events.set(String(this.#count++), {
      at: Math.round(this.#epochNow()),
      level,
      message: printable(message, textAtMost),
      fields: Object.fromEntries(
        Object.entries(fields)
          .filter(([, value]) => value !== undefined)
          .slice(0, fieldsAtMost)
          .map(([name, value]) => [name, textOf(value)]),
      ),
    });
    const [oldest] = this.#events.keys();
    if (this.#events.size > eventsAtMost && oldest !== undefined) this.#events.delete(oldest);
  }

  get all(): Readonly<Record<string, PageEvent>> {
    return Object.fromEntries(this.#events);
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    const more = value.length > listAtMost ? ` and ${value.length - listAtMost} more` : "";
    return `${value.slice(0, listAtMost).map(textOf).join(", ")}${more}`;
  }
  if (value instanceof Error) return printable(value.message, textAtMost);
  if (typeof value === "string") return printable(value, textAtMost);
  return printable(JSON.stringify(value) ?? "", textAtMost);
}
