import { createRequire } from "node:module";
import type { PrettyOptions } from "pino-pretty";
import { printable, printableLines } from "../text/printable.ts";

type PrettyLine = (line: string) => string;

/** pino-pretty as a function: its stream would be asynchronous, and its transport a thread. */
export function prettyLines(colorize: boolean): PrettyLine {
  const { prettyFactory } = loadPinoPretty();
  const options: PrettyOptions = {
    colorize,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "hostname,role,slot,gen,pid",
    messageFormat: (log, messageKey) => `${origin(log)} ${String(log[messageKey])}`,
    singleLine: true,
  };
  const render = prettyFactory(options);
  return (line) => render(harmless(parsed(line)));
}

/** pino-pretty shows a text that is no JSON as it is. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/**
 * What a line holds is for a terminal now: nothing that it obeys, in names either. A message of several lines has its other
 * lines set in, so that none of them looks like a line of the log.
 */
function harmless(value: unknown): unknown {
  if (typeof value === "string") return printableLines(value).replaceAll("\n", "\n    ");
  if (Array.isArray(value)) return value.map(harmless);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [printable(name), harmless(one)]));
}

/** `worker 0 (3/412)`: role, slot, gen and pid. */
function origin({ role, slot, gen, pid }: Record<string, unknown>): string {
  const slotText = typeof slot === "number" ? ` ${slot}` : "";
  const genText = typeof gen === "number" ? `${gen}/` : "";
  return `${String(role)}${slotText} (${genText}${String(pid)})`;
}

/**
 * Loaded at first use, and synchronously. esbuild bundles what it reads as `require("…")` of an unbound require; in a
 * source tree, where a module has none, Node's own is made.
 */
function loadPinoPretty(): typeof import("pino-pretty") {
  if (typeof require !== "undefined") return require("pino-pretty") as typeof import("pino-pretty");
  return createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
}
