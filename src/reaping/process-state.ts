import { processStat } from "./process-stat.ts";

/** Stopped by SIGSTOP or a tracer: state T or t of proc(5). Never of a process that is gone. */
export function isStoppedBySignal(pid: number): boolean {
  return /^[Tt]$/.test(processStat(pid)?.state ?? "");
}
