import { processStat } from "./process-stat.ts";

/** Whether SIGSTOP or a tracer has stopped the process: state T or t of proc(5). False if the process does not exist. */
export function isStoppedBySignal(pid: number): boolean {
  return /^[Tt]$/.test(processStat(pid)?.state ?? "");
}
