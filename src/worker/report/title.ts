import { jobText, printable } from "../../text/printable.ts";
import type { HeldJob } from "../jobs/held-job.ts";
import { nameOf } from "../jobs/held-job.ts";
import type { Mode } from "../orders/mode.ts";

export interface TitleFacts {
  /** undefined: it is a spare. */
  readonly slot: number | undefined;
  readonly generation: number;
  readonly patterns: readonly string[];
  readonly mode: Mode;
  readonly connected: boolean;
  readonly held: readonly HeldJob[];
}

/** `forker worker 1 gen 3 [import,export] processing import:991 since 12:01:07` */
export function titleOf({ slot, generation, patterns, mode, connected, held }: TitleFacts): string {
  const who = `forker ${slot === undefined ? "spare" : `worker ${slot}`} gen ${generation} [${printable(patterns.join(","))}]`;
  const [oldest] = held;
  if (oldest === undefined) return `${who} ${mode === "taking" && !connected ? "waiting for Redis" : mode}`;
  const more = held.length > 1 ? ` and ${held.length - 1} more` : "";
  const since = new Date(oldest.startedAt).toTimeString().slice(0, 8);
  const does = oldest.stage === "waitingForRunner" ? "waiting for a runner for" : "processing";
  return `${who} ${mode === "taking" ? "" : `${mode}, `}${does} ${jobText(nameOf(oldest))} since ${since}${more}`;
}
