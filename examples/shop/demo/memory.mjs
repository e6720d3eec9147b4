import { readFileSync } from "node:fs";

/** Memory of a process in `forker status`, read here because root may read another user's. */
export function privateMbOf({ pid, memory }) {
  const kb = kilobytes(pid, "Private_Clean", "Private_Dirty") ?? memory?.privateKb;
  return kb === undefined ? undefined : kb / 1024;
}

export function residentMbOf({ pid, memory }) {
  const kb = kilobytes(pid, "Rss") ?? memory?.residentKb;
  return kb === undefined ? undefined : kb / 1024;
}

function kilobytes(pid, ...names) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return names.reduce((sum, name) => sum + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)[1]), 0);
  } catch {
    // It has ended, or is another user's.
    return undefined;
  }
}

export function formatMb(megabytes) {
  return megabytes === undefined ? "?" : `${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`;
}
