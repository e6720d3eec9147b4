import tty from "node:tty";
import { type Logger, pino } from "pino";
import type { Settings } from "../config/settings.ts";
import { printableLines } from "../text/printable.ts";
import { openOutput } from "./open-output.ts";
import { Patience } from "./patience.ts";
import { prettyLines } from "./pretty.ts";
import { StandardOutput } from "./standard-output.ts";

export type { Logger } from "pino";

/** Which process of ours a line is from. The pid is not among them: it is looked up for each line. */
export interface LogBindings {
  readonly role: string;
  readonly slot?: number;
  readonly gen?: number;
}

interface LogOptions {
  readonly level: Settings["logLevel"];
  readonly format: Settings["logFormat"];
}

/**
 * A pino that writes each line to standard output before the call returns: no transport and no thread, so that it may be
 * forked, and nothing is lost when the process is killed. A forked child may go on with it, or make its own.
 */
export function createLogger({ level, format }: LogOptions, bindings: LogBindings): Logger {
  const options = {
    level,
    base: bindings,
    // Not a binding: pino renders those once, and a fork has another pid than its parent.
    mixin: () => ({ pid: process.pid }),
  };
  return pino(options, destination(format, bindings));
}

/** One for the process, whoever logs: the end of a line that nobody read must go before every other line. */
let shared: StandardOutput | undefined;

/** Of each second. Signals and locks wait meanwhile where there is only one of a kind; a worker had better keep its lines. */
function patienceMs(role: string): number {
  return role === "init" || role === "keeper" ? 50 : 500;
}

/** Lines of this process that standard output did not take, ever. */
export function droppedLines(): number {
  return shared?.droppedInAll ?? 0;
}

function destination(format: Settings["logFormat"], bindings: LogBindings): { write(line: string): void } {
  shared ??= new StandardOutput(openOutput(), new Patience(patienceMs(bindings.role)));
  const output = shared;
  const onTerminal = tty.isatty(1);
  const isPretty = format === "pretty" || (format === "auto" && onTerminal);
  const render = isPretty ? prettyLines(onTerminal && !process.env["NO_COLOR"]) : printableLines;
  return { write: (line) => output.write(render(line), (dropped, why) => render(noticeLine(dropped, why, bindings))) };
}

/** Made by hand: it is written in the middle of writing another line. */
function noticeLine(dropped: number, why: string, bindings: LogBindings): string {
  const msg = `${dropped} log ${dropped === 1 ? "line was" : "lines were"} dropped: ${why}`;
  return `${JSON.stringify({ level: pino.levels.values["warn"], time: Date.now(), ...bindings, pid: process.pid, msg })}\n`;
}
