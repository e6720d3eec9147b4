import { createRequire } from "node:module";
import type { PrettyOptions } from "pino-pretty";

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
  return prettyFactory(options) as PrettyLine;
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
