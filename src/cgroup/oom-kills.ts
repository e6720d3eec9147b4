import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

/** How many processes of our cgroup the kernel's OOM killer has ended since the cgroup was made. */
export interface OomCounts {
  readonly kills: number;
  /** Kills of whole groups (memory.oom.group, Linux 5.17). */
  readonly groupKills: number;
}

/**
 * A function that reads the counters of our own cgroup: `memory.events` of v2, `memory.oom_control` of v1 (Linux 4.13). They
 * count processes killed in this cgroup, whichever limit was reached: ours, one above, or the machine's. undefined: there is no
 * such file.
 */
export function oomCounter(read: ReadFile): (() => OomCounts | undefined) | undefined {
  const { v2, v1 } = cgroupFolders(read, "memory");
  const file = nearestFile(read, v2, "memory.events") ?? nearestFile(read, v1, "memory.oom_control");
  if (file === undefined || parseOomCounts(read(file) ?? "") === undefined) return undefined;
  return () => parseOomCounts(read(file) ?? "");
}

/** Each line is a name and a number. https://docs.kernel.org/admin-guide/cgroup-v2.html, `memory.events`. */
export function parseOomCounts(text: string): OomCounts | undefined {
  const count = (name: string) => {
    const digits = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const kills = count("oom_kill");
  return kills === undefined ? undefined : { kills, groupKills: count("oom_group_kill") ?? 0 };
}

/** Whether memory.oom.group is set for our cgroup or a visible one above: then the OOM killer kills the whole cgroup. */
export function isOomGroup(read: ReadFile): boolean {
  const { v2 } = cgroupFolders(read, "memory");
  return v2.some((folder) => read(`${folder}/memory.oom.group`)?.trim() === "1");
}
