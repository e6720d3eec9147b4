import { createRequire } from "node:module";
import type { PrettyOptions } from "pino-pretty";
import { printable, printableLines } from "../text/printable.ts";

type PrettyLine = (line: string) => string;

/** pino-pretty as a function: its stream is asynchronous, and its transport is a thread. */
export function prettyLines(colorize: boolean): PrettyLine {
  const { prettyFactory } = loadPinoPretty();
  const options: PrettyOptions = {
    colorize,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "hostname,role,slot,generation,pid",
    messageFormat: (log, messageKey) => `${origin(log)} ${String(log[messageKey])}`,
    singleLine: true,
  };
  const render = prettyFactory(options);
  return (line) => render(harmless(parsed(line)));
}

/** pino-pretty shows a string that is not JSON unchanged. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/**
 * Escapes everything that a terminal would interpret, in names as well as in values. Of a message of several lines, all but the
 * first are indented, so that none of them looks like a log line.
 */
function harmless(value: unknown): unknown {
  if (typeof value === "string") return printableLines(value).replaceAll("\n", "\n    ");
  if (Array.isArray(value)) return value.map(harmless);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [printable(name), harmless(one)]));
}

/** `worker 0 (3/412)`: role, slot, generation and pid. */
function origin({ role, slot, generation, pid }: Record<string, unknown>): string {
  const slotText = typeof slot === "number" ? ` ${slot}` : "";
  const generationText = typeof generation === "number" ? `${generation}/` : "";
  return `${String(role)}${slotText} (${generationText}${String(pid)})`;
}

/**
 * Loaded synchronously, at first use. esbuild bundles what an unbound `require("…")` names; a module in the source tree has no
 * require, so one is created.
 */
function loadPinoPretty(): typeof import("pino-pretty") {
  if (typeof require !== "undefined") return require("pino-pretty") as typeof import("pino-pretty");
  return createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
}
