import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The content of a file; undefined where there is none, or it cannot be read. */
export type ReadFile = (file: string) => string | undefined;

/** How many workers are one for each CPU: whole CPUs of the cgroup's quota, and no more than there are. At least 1. */
export function cpuCount(read: ReadFile = readText, available = os.availableParallelism()): number {
  const quota = cpuQuota(read) ?? available;
  return Math.max(1, Math.min(Math.floor(quota), available));
}

/** The CPUs that the tightest cgroup above this process grants, perhaps a fraction. undefined: no limit. */
export function cpuQuota(read: ReadFile): number | undefined {
  const memberships = parseMemberships(read("/proc/self/cgroup") ?? "");
  const limits = [
    ...foldersAbove("/sys/fs/cgroup", memberships.unified).map((folder) =>
      parseCpuMax(read(path.join(folder, "cpu.max")) ?? ""),
    ),
    ...foldersAbove("/sys/fs/cgroup/cpu", memberships.cpu).map((folder) =>
      parseCfsQuota(
        read(path.join(folder, "cpu.cfs_quota_us")) ?? "",
        read(path.join(folder, "cpu.cfs_period_us")) ?? "",
      ),
    ),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** cgroup v2, `cpu.max`: quota and period in microseconds, or `max`. https://docs.kernel.org/admin-guide/cgroup-v2.html */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/);
  return ratio(quota, period ?? "100000");
}

/** cgroup v1: a quota of -1 is no limit. https://docs.kernel.org/scheduler/sched-bwc.html */
export function parseCfsQuota(quota: string, period: string): number | undefined {
  return ratio(quota.trim(), period.trim());
}

function ratio(quota: string | undefined, period: string): number | undefined {
  if (quota === undefined || !/^\d+$/.test(quota) || !/^\d+$/.test(period)) return undefined;
  const cpus = Number(quota) / Number(period);
  return Number.isFinite(cpus) && cpus > 0 ? cpus : undefined;
}

/** /proc/self/cgroup, `id:controllers:path`; v2's line is `0::path`. */
function parseMemberships(text: string): { readonly unified: string; readonly cpu: string } {
  let unified = "/";
  let cpu = "/";
  for (const line of text.split("\n")) {
    const [id, controllers, ...rest] = line.split(":");
    if (id === "0" && controllers === "") unified = rest.join(":");
    else if (controllers?.split(",").includes("cpu")) cpu = rest.join(":");
  }
  return { unified, cpu };
}

/** From a cgroup's folder up to the root of its hierarchy. A path out of our cgroup namespace (`/../..`) is the root. */
function foldersAbove(root: string, membership: string): string[] {
  const folders: string[] = [];
  let relative = path.posix.normalize(`/${membership}`);
  while (relative !== "/") {
    folders.push(path.posix.join(root, relative));
    relative = path.posix.dirname(relative);
  }
  return [...folders, root];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
