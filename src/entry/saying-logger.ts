import { type Logger, pino } from "pino";
import { say } from "./say.ts";

type Line = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

/** A logger for a subcommand: its warnings and errors are lines for people. */
export function sayingLogger(): Logger {
  const write = (text: string) => say.line(lineOf(JSON.parse(text) as Line));
  return pino({ level: "warn", base: {}, timestamp: false }, { write });
}

/** `warning  ignored a Worker option (queue: mail, option: skipLockRenewal)`. Objects, such as errors, are in the message. */
function lineOf({ level, msg, ...fields }: Line): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === "string" || typeof value === "number" ? [`${name}: ${value}`] : [],
  );
  const kind = level >= (pino.levels.values["error"] ?? 50) ? "error    " : "warning  ";
  return `${kind}${msg}${shown.length === 0 ? "" : ` (${shown.join(", ")})`}`;
}
