import { readFile } from "node:fs/promises";
import type { ProcessMemory } from "../protocol/status.ts";

/**
 * Private, proportional and resident memory from /proc/PID/smaps_rollup (Linux 4.14). null when the process is gone, or
 * when we may not look: after a change of user the kernel lets only CAP_SYS_PTRACE read it, proc(5).
 */
export async function processMemory(pid: number): Promise<ProcessMemory | null> {
  try {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
    return {
      privateKb: kb("Private_Clean") + kb("Private_Dirty"),
      proportionalKb: kb("Pss"),
      residentKb: kb("Rss"),
    };
  } catch {
    return null;
  }
}
