import { readdirSync, readFileSync } from "node:fs";
import { processStat } from "./process-stat.ts";

/**
 * The pids of this process's children, zombies included. The kernel lists each child under the thread that it belongs to
 * (proc(5), CONFIG_PROC_CHILDREN): orphans under the main thread, a child that a worker thread spawned under that thread.
 */
export function childPids(): number[] {
  try {
    return readdirSync("/proc/self/task").flatMap(childrenOfThread);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return scanForChildren();
  }
}

/** Also throws ENOENT if the thread has just ended; the caller then scans /proc this once. */
function childrenOfThread(threadId: string): number[] {
  const list = readFileSync(`/proc/self/task/${threadId}/children`, "utf8");
  return list.split(" ").filter(Boolean).map(Number);
}

/** For kernels without CONFIG_PROC_CHILDREN: every process whose parent is this process. */
export function scanForChildren(): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => processStat(pid)?.parentPid === process.pid);
}
