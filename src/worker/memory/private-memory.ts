import { readFile } from "node:fs/promises";

/**
 * The memory that this process shares with no other. After a change of user, the kernel shows it only to the process itself:
 * proc(5), and PR_SET_DUMPABLE in prctl(2).
 */
export async function privateBytesOfSelf(): Promise<number> {
  return (await privateBytesOf("self")) ?? 0;
}

/** undefined: it has ended, or the kernel does not show it. */
export async function privateBytesOf(pid: number | "self"): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  if (text === "") return undefined;
  const sizes = text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm);
  return [...sizes].reduce((sum, [, kb]) => sum + Number(kb) * 1_024, 0);
}
