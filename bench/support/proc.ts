import { readdirSync, readFileSync } from "node:fs";

export interface Memory {
  /** Clean and dirty pages that no other process maps: memory that its end would free. */
  readonly privateMb: number;
  /** Its proportional share of the pages that it maps: can be summed over a tree. */
  readonly proportionalMb: number;
  /** The same without the pages of files, which it may share with processes of other programs. */
  readonly anonymousMb: number;
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return {
    privateMb: mb("Private_Clean") + mb("Private_Dirty"),
    proportionalMb: mb("Pss"),
    anonymousMb: mb("Pss_Anon") + mb("Pss_Shmem"),
  };
}

/** A process and all its descendants. */
export function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

function parentOf(pid: string): number {
  return statOf(pid)?.[3] ?? 0;
}

/** Processor time of a tree so far, including descendants that have ended. */
export function processorMs(tree: readonly number[]): number {
  // utime, stime, cutime and cstime, in ticks of 10 ms (USER_HZ is 100 on every Linux that Node runs on).
  const ticks = tree.map((pid) => (statOf(String(pid)) ?? []).slice(13, 17).reduce((sum, value) => sum + value, 0));
  return ticks.reduce((sum, value) => sum + value, 0) * 10;
}

/**
 * Processor time of one process so far, in all of its threads: /proc/PID/task/TID/schedstat counts nanoseconds, and begins at zero
 * in a forked process.
 */
export function scheduledMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]));
  return spent.reduce((sum, value) => sum + value, 0) / 1e6;
}

/** proc(5): the fields by position. The command's name may contain anything, so they are counted from its end. */
function statOf(pid: string): number[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const behindName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [Number(pid), 0, ...behindName.map(Number)];
  } catch {
    return undefined;
  }
}
