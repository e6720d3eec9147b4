import { readFileSync } from "node:fs";

/** How many descriptors of init outsiders may hold, by what they are held for. */
export interface DescriptorShares {
  /** Connections to the control socket that have not said yet what they want. */
  readonly silent: number;
  /** Subcommands that wait for an answer. */
  readonly asking: number;
  readonly http: number;
}

/** As many workers may be started at the same time, and connect before the first of them is read from. */
const mostSilent = 1_024;
const mostAsking = 256;
const mostHttp = 200;

/** At least half is left: for a channel to each worker, and for what init opens itself. */
export function sharesOf(openFiles: number): DescriptorShares {
  const share = (most: number, part: number) => Math.min(most, Math.max(1, Math.floor(openFiles / part)));
  return { silent: share(mostSilent, 4), asking: share(mostAsking, 8), http: share(mostHttp, 8) };
}

/** RLIMIT_NOFILE, the soft one, which Node raises to the hard one at its start. */
export function descriptorShares(): DescriptorShares {
  return sharesOf(openFilesLimit());
}

/** Where /proc is hidden: what most systems give at the least. */
const usualLimit = 1_024;

function openFilesLimit(): number {
  try {
    const limit = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (limit === "unlimited") return Infinity;
    return Number(limit) || usualLimit;
  } catch {
    return usualLimit;
  }
}
