import { constants } from "node:os";
import type { RunnerFate } from "../../protocol/messages.ts";
import type { ExitStatus } from "./event.ts";
import type { Runner } from "./runner.ts";

/** The signals by which the kernel, or the process itself, ends a process that does something wrong. */
const faults: ReadonlySet<string> = new Set([
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGSYS",
  "SIGTRAP",
  "SIGXCPU",
  "SIGXFSZ",
]);

export interface RunnerEnd {
  readonly fate: RunnerFate;
  /** For people: `signal 11 (SIGSEGV)`, `exit code 3`. */
  readonly why: string;
}

/** What a runner's worker has to know about its end. */
export function runnerEnd({ killedFor }: Pick<Runner, "killedFor">, status: ExitStatus): RunnerEnd {
  if (killedFor !== undefined) return { fate: "ordered", why: killedFor };
  if ("exitCode" in status) return { fate: "failed", why: `exit code ${status.exitCode}` };
  if ("unknown" in status) return { fate: "killed", why: status.notStarted ?? "its exit status is unknown" };
  const { signal, outOfMemory, threadRefusal } = status;
  if (outOfMemory !== undefined) return { fate: "failed", why: `out of memory: ${outOfMemory}` };
  if (threadRefusal !== undefined) return { fate: "killed", why: `no room for a thread: ${threadRefusal}` };
  const number = (constants.signals as Readonly<Record<string, number | undefined>>)[signal];
  const why = number === undefined ? signal : `signal ${number} (${signal})`;
  return { fate: faults.has(signal) ? "failed" : "killed", why };
}
