import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

/** How many processes of this cgroup the kernel's OOM killer has killed since the cgroup was created. */
export interface OomCounts {
  readonly kills: number;
  /** Kills of whole groups (memory.oom.group, Linux 5.17). */
  readonly groupKills: number;
}

/**
 * Returns a function that reads the counters of this process's cgroup: `memory.events` in v2, `memory.oom_control` in v1
 * (Linux 4.13). They count processes killed in this cgroup, whether its own limit, an ancestor's or the machine's was
 * reached. undefined: the kernel has neither file.
 */
export function oomCounter(read: ReadFile): (() => OomCounts | undefined) | undefined {
  const { v2, v1 } = cgroupFolders(read, "memory");
  const file = nearestFile(read, v2, "memory.events") ?? nearestFile(read, v1, "memory.oom_control");
  if (file === undefined || parseOomCounts(read(file) ?? "") === undefined) return undefined;
  return () => parseOomCounts(read(file) ?? "");
}

/** Each line has a name and a number. https://docs.kernel.org/admin-guide/cgroup-v2.html, `memory.events`. */
export function parseOomCounts(text: string): OomCounts | undefined {
  const count = (name: string) => {
    const digits = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const kills = count("oom_kill");
  return kills === undefined ? undefined : { kills, groupKills: count("oom_group_kill") ?? 0 };
}

/** Whether memory.oom.group is set for this cgroup or a visible ancestor: then the OOM killer kills the whole cgroup. */
export function isOomGroup(read: ReadFile): boolean {
  const { v2 } = cgroupFolders(read, "memory");
  return v2.some((folder) => read(`${folder}/memory.oom.group`)?.trim() === "1");
}
