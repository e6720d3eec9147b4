import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { ProcessMemory } from "../protocol/status.ts";

/** The kernel blocks the read while the process maps or unmaps memory, which may hang forever. */
const readTimeoutMs = 1_000;

/**
 * Private, proportional and resident memory from /proc/PID/smaps_rollup (Linux 4.14). null if the process has ended, or
 * if we are not allowed to read it: after a change of user the kernel lets only CAP_SYS_PTRACE read it, proc(5).
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
 * VmRSS of /proc/PID/status, which the kernel has already counted: reading smaps_rollup walks the page tables, and blocks the
 * process meanwhile. undefined: it has ended.
 */
export function residentBytes(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kb === undefined ? undefined : Number(kb) * 1024;
  } catch {
    return undefined;
  }
}
