import { readFileSync } from "node:fs";

/** How many descriptors of init outsiders may hold, by purpose. */
export interface DescriptorShares {
  /** Connections to the control socket that have not sent their first line yet. */
  readonly silent: number;
  /** Subcommands that wait for an answer. */
  readonly asking: number;
  readonly http: number;
}

/** This many workers may start at the same time, and connect before init reads from the first of them. */
const mostSilent = 1_024;
const mostAsking = 256;
const mostHttp = 200;

/** At least half is left for the channels to the workers and for what init opens itself. */
export function sharesOf(openFiles: number): DescriptorShares {
  const share = (most: number, part: number) => Math.min(most, Math.max(1, Math.floor(openFiles / part)));
  return { silent: share(mostSilent, 4), asking: share(mostAsking, 8), http: share(mostHttp, 8) };
}

/** By the soft limit of RLIMIT_NOFILE, which Node raises to the hard limit when it starts. */
export function descriptorShares(): DescriptorShares {
  return sharesOf(openFilesLimit());
}

/** Used where /proc is hidden: the minimum on most systems. */
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
