import { cgroupFolders, nearestFile, type ReadFile } from "./folders.ts";

/**
 * The processor time that the processes of this cgroup have used, in milliseconds. undefined: there is no counter of its own. The root of a
 * hierarchy counts the whole machine. https://docs.kernel.org/admin-guide/cgroup-v2.html, `cpu.stat`; in v1, `cpuacct.usage` is in nanoseconds.
 */
export function cpuUsageMs(read: ReadFile): number | undefined {
  // The root has no limit, and therefore no such file.
  const own = cgroupFolders(read, "cpu").v2.find((folder) => read(`${folder}/cpu.max`) !== undefined);
  const used = own === undefined ? undefined : /^usage_usec (\d+)$/m.exec(read(`${own}/cpu.stat`) ?? "")?.[1];
  if (used !== undefined) return Number(used) / 1e3;
  const usage = nearestFile(read, cgroupFolders(read, "cpuacct").v1, "cpuacct.usage");
  const nanoseconds = usage === undefined ? Number.NaN : Number.parseInt(read(usage) ?? "", 10);
  return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : undefined;
}
