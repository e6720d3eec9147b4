import { writeSync } from "node:fs";

/** What the processes of the engine's soak test report, as JSON lines. */
export type Line =
  | { readonly event: "template"; readonly pid: number }
  | {
      readonly event: "forked";
      readonly batch: number;
      readonly pids: readonly number[];
      readonly drainMs: number;
      readonly forkMs: number;
      readonly totalMs: number;
      readonly heapMb: number;
    }
  | { readonly event: "awake"; readonly readyMs: number }
  | { readonly event: "ended"; readonly batch: number; readonly index: number; readonly end: string }
  | { readonly event: "violation"; readonly what: string }
  | { readonly event: "done" };

export function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
