import os from "node:os";
import path from "node:path";
import { cgroupFolders, type ReadFile, readText } from "../cgroup/folders.ts";

/** The number of workers for one worker per CPU: the whole CPUs of the cgroup's quota, at most those available, at least 1. */
export function cpuCount(read: ReadFile = readText, available = os.availableParallelism()): number {
  const quota = cpuQuota(read) ?? available;
  return Math.max(1, Math.min(Math.floor(quota), available));
}

let ofThisProcess: number | undefined;

/** The same for this process, read once: a worker has the number of the template that forked it. */
export function ownCpuCount(): number {
  ofThisProcess ??= cpuCount();
  return ofThisProcess;
}

/** The CPUs that the tightest cgroup above this process grants; may be a fraction. undefined: no limit. */
export function cpuQuota(read: ReadFile): number | undefined {
  const folders = cgroupFolders(read, "cpu");
  const limits = [
    ...folders.v2.map((folder) => parseCpuMax(read(path.join(folder, "cpu.max")) ?? "")),
    ...folders.v1.map((folder) =>
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

/** cgroup v1: a quota of -1 means that there is no limit. https://docs.kernel.org/scheduler/sched-bwc.html */
export function parseCfsQuota(quota: string, period: string): number | undefined {
  return ratio(quota.trim(), period.trim());
}

function ratio(quota: string | undefined, period: string): number | undefined {
  if (quota === undefined || !/^\d+$/.test(quota) || !/^\d+$/.test(period)) return undefined;
  const cpus = Number(quota) / Number(period);
  return Number.isFinite(cpus) && cpus > 0 ? cpus : undefined;
}
