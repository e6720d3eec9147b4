import { readFileSync } from "node:fs";
import path from "node:path";

/** The content of a file; undefined if it does not exist or cannot be read. */
export type ReadFile = (file: string) => string | undefined;

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The folders of this process's cgroup and of its ancestors, nearest first. Some may not exist. */
export interface CgroupFolders {
  readonly v2: readonly string[];
  readonly v1: readonly string[];
}

/**
 * Where a controller's files may be: in cgroup v2, in v1, or in either of both (hybrid: each controller is in one of them).
 * In a container with v1, /proc/self/cgroup may show the host's path although the mounted tree begins at the container's
 * own cgroup; then only the last folder exists.
 */
export function cgroupFolders(read: ReadFile, controller: "cpu" | "cpuacct" | "memory" | "pids"): CgroupFolders {
  const { unified, v1 } = parseMemberships(read("/proc/self/cgroup") ?? "", controller);
  return {
    v2: [...foldersAbove("/sys/fs/cgroup", unified), ...foldersAbove("/sys/fs/cgroup/unified", unified)],
    v1: foldersAbove(`/sys/fs/cgroup/${controller}`, v1),
  };
}

/** The path of the named file in the nearest cgroup that has it. */
export function nearestFile(read: ReadFile, folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => path.posix.join(folder, name)).find((file) => read(file) !== undefined);
}

/** Parses /proc/self/cgroup: lines of the form `id:controllers:path`, for v2 `0::path`. */
function parseMemberships(text: string, controller: string): { readonly unified: string; readonly v1: string } {
  let unified = "/";
  let v1 = "/";
  for (const line of text.split("\n")) {
    const [id, controllers, ...rest] = line.split(":");
    if (id === "0" && controllers === "") unified = rest.join(":");
    else if (controllers?.split(",").includes(controller)) v1 = rest.join(":");
  }
  return { unified, v1 };
}

/** From a cgroup's folder up to the root of its hierarchy. A path outside the cgroup namespace (`/../..`) counts as the root. */
function foldersAbove(root: string, membership: string): string[] {
  const folders: string[] = [];
  let relative = path.posix.normalize(`/${membership}`);
  while (relative !== "/") {
    folders.push(path.posix.join(root, relative));
    relative = path.posix.dirname(relative);
  }
  return [...folders, root];
}
