import { readdirSync, readFileSync } from "node:fs";
import { processStat } from "./process-stat.ts";

/**
 * The pids of our children, living and dead. The kernel lists them under the thread that each belongs to (proc(5),
 * CONFIG_PROC_CHILDREN); orphans come to the main thread, and what a worker thread spawned is under that thread.
 */
export function childPids(): number[] {
  try {
    return readdirSync("/proc/self/task").flatMap(childrenOfThread);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return scanForChildren();
  }
}

/** Throws ENOENT also where a thread of ours has just ended: then the scan answers, this once. */
function childrenOfThread(threadId: string): number[] {
  const list = readFileSync(`/proc/self/task/${threadId}/children`, "utf8");
  return list.split(" ").filter(Boolean).map(Number);
}

/** For kernels without CONFIG_PROC_CHILDREN: every process whose parent we are. */
export function scanForChildren(): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => processStat(pid)?.parentPid === process.pid);
}
