import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { ProcessMemory } from "../protocol/status.ts";

/** The kernel lets nobody read while the process maps or unmaps memory, and one that hangs in that may do so for good. */
const readTimeoutMs = 1_000;

/**
 * Private, proportional and resident memory from /proc/PID/smaps_rollup (Linux 4.14). null when the process is gone, or
 * when we may not look: after a change of user the kernel lets only CAP_SYS_PTRACE read it, proc(5).
 */
export async function processMemory(pid: number): Promise<ProcessMemory | null> {
  try {
    const reading = readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    reading.catch(() => undefined);
    const text = await Promise.race([reading, setTimeout(readTimeoutMs, "", { ref: false })]);
    if (text === "") return null;
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

/**
 * VmRSS of /proc/PID/status, which the kernel has counted already: smaps_rollup walks the page tables, and holds up the
 * process meanwhile. undefined: it is gone.
 */
export function residentBytes(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kb === undefined ? undefined : Number(kb) * 1024;
  } catch {
    return undefined;
  }
}
