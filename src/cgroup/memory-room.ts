import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

/** In v1, a cgroup without a limit has one of more than any machine has. */
const unlimitedBytes = 2 ** 53;

/** From this share of a limit on, little is left for the jobs that run. */
const shortFrom = 0.9;
/** For this share of the last ten seconds, all processes of the cgroup waited for memory. */
const stalledFrom = 0.1;

/**
 * Whether this cgroup or an ancestor is close to its limit, or its processes wait for memory. Page cache that the kernel can drop at
 * once does not count. https://docs.kernel.org/admin-guide/cgroup-v2.html, `memory.current`, `memory.stat` and `memory.pressure`.
 */
export function isMemoryShort(read: ReadFile): boolean {
  const { v2, v1 } = cgroupFolders(read, "memory");
  const shares = [
    ...v2.map((folder) => shareOf(read, folder, namesV2)),
    ...v1.map((folder) => shareOf(read, folder, namesV1)),
  ];
  if (shares.some((share) => share >= shortFrom)) return true;
  const pressure = nearestFile(read, v2, "memory.pressure");
  return pressure !== undefined && stalledShare(read(pressure) ?? "") >= stalledFrom;
}

/**
 * How much more memory the processes may use until the first cgroup above them is as close to its limit as isMemoryShort() says. Less than 0:
 * it is closer. undefined: there is no limit.
 */
export function freeMemoryBytes(read: ReadFile): number | undefined {
  const { v2, v1 } = cgroupFolders(read, "memory");
  const free = [
    ...v2.map((folder) => usageOf(read, folder, namesV2)),
    ...v1.map((folder) => usageOf(read, folder, namesV1)),
  ].flatMap((usage) => (usage === undefined ? [] : shortFrom * usage.limitBytes - usage.usedBytes));
  return free.length === 0 ? undefined : Math.min(...free);
}

interface FileNames {
  readonly limit: string;
  readonly usage: string;
  /** The line of memory.stat. */
  readonly cache: string;
}

const namesV2: FileNames = { limit: "memory.max", usage: "memory.current", cache: "inactive_file" };
const namesV1: FileNames = {
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  cache: "total_inactive_file",
};

/** 0 if there is no limit. */
function shareOf(read: ReadFile, folder: string, names: FileNames): number {
  const usage = usageOf(read, folder, names);
  return usage === undefined ? 0 : usage.usedBytes / usage.limitBytes;
}

interface MemoryUsage {
  readonly limitBytes: number;
  /** Without page cache that the kernel can drop at once. */
  readonly usedBytes: number;
}

/** undefined: there is no limit. In v2 it is the word `max`. */
function usageOf(read: ReadFile, folder: string, { limit, usage, cache }: FileNames): MemoryUsage | undefined {
  const limitBytes = Number(read(`${folder}/${limit}`)?.trim() ?? "max");
  const usedBytes = Number(read(`${folder}/${usage}`)?.trim() ?? 0);
  if (!(limitBytes > 0 && limitBytes < unlimitedBytes)) return undefined;
  const cached = new RegExp(`^${cache} (\\d+)$`, "m").exec(read(`${folder}/memory.stat`) ?? "")?.[1];
  return { limitBytes, usedBytes: usedBytes - Number(cached ?? 0) };
}

/** `full avg10=12.34 …`, in percent. https://docs.kernel.org/accounting/psi.html */
function stalledShare(text: string): number {
  return Number(/^full avg10=([\d.]+)/m.exec(text)?.[1] ?? 0) / 100;
}
