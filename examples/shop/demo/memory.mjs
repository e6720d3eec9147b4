import { readFileSync } from "node:fs";

/** Private memory of a process in MB; undefined when it is gone, or another user's. */
export function privateMb(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kb = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
    return kb / 1024;
  } catch {
    return undefined;
  }
}

export function formatMb(megabytes) {
  return megabytes === undefined ? "?" : `${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}
