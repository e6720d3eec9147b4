import tty from "node:tty";
import { type Logger, pino } from "pino";
import type { Settings } from "../config/settings.ts";
import { printableLines } from "../text/printable.ts";
import { openOutput } from "./open-output.ts";
import { prettyLines } from "./pretty.ts";
import { StandardOutput } from "./standard-output.ts";
import { WaitBudget } from "./wait-budget.ts";

export type { Logger } from "pino";

/** Which process of forker wrote a line. The pid is missing: it is read for each line. */
export interface LogBindings {
  readonly role: string;
  readonly slot?: number;
  readonly generation?: number;
}

interface LogOptions {
  readonly level: Settings["logLevel"];
  readonly format: Settings["logFormat"];
}

/**
 * A pino logger that writes each line to standard output before the call returns: without a transport or a thread, so that the
 * process can fork, and no line is lost when the process is killed. A forked child may use it, or create its own.
 */
export function createLogger({ level, format }: LogOptions, bindings: LogBindings): Logger {
  const options = {
    level,
    base: bindings,
    // Not a binding: pino serializes those once, and a fork's pid differs from its parent's.
    mixin: () => ({ pid: process.pid }),
  };
  return pino(options, destination(format, bindings));
}

/** One for all loggers of the process: the rest of a line that was written in part must precede every other line. */
let shared: StandardOutput | undefined;

/** Per second. While init or the keeper waits, signals or locks wait too; a worker rather waits than loses lines. */
function waitBudgetMs(role: string): number {
  return role === "init" || role === "keeper" ? 50 : 500;
}

/** How many lines of this process standard output has not accepted so far. */
export function droppedLines(): number {
  return shared?.droppedInAll ?? 0;
}

function destination(format: Settings["logFormat"], bindings: LogBindings): { write(line: string): void } {
  shared ??= new StandardOutput(openOutput(), new WaitBudget(waitBudgetMs(bindings.role)));
  const output = shared;
  const onTerminal = tty.isatty(1);
  const isPretty = format === "pretty" || (format === "auto" && onTerminal);
  const render = isPretty ? prettyLines(onTerminal && !process.env["NO_COLOR"]) : printableLines;
  return { write: (line) => output.write(render(line), (dropped, why) => render(noticeLine(dropped, why, bindings))) };
}

/** Serialized by hand: it is written while another line is being written. */
function noticeLine(dropped: number, why: string, bindings: LogBindings): string {
  const msg = `${dropped} log ${dropped === 1 ? "line was" : "lines were"} dropped: ${why}`;
  return `${JSON.stringify({ level: pino.levels.values["warn"], time: Date.now(), ...bindings, pid: process.pid, msg })}\n`;
}
