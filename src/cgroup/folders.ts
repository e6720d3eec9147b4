import { readFileSync } from "node:fs";
import path from "node:path";

/** The content of a file; undefined where there is none, or it cannot be read. */
export type ReadFile = (file: string) => string | undefined;

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The folders of this process's cgroup and of those above it, the nearest first. Not all of them need exist. */
export interface CgroupFolders {
  readonly v2: readonly string[];
  readonly v1: readonly string[];
}

/**
 * Where a controller's files may be: cgroup v2 alone, v1 alone, or both at once (hybrid: each controller is in one of them).
 * In a container of v1 /proc/self/cgroup may tell the host's path, while what is mounted begins at the container's own
 * cgroup: then only the last folder exists.
 */
export function cgroupFolders(read: ReadFile, controller: "cpu" | "memory" | "pids"): CgroupFolders {
  const { unified, v1 } = parseMemberships(read("/proc/self/cgroup") ?? "", controller);
  return {
    v2: [...foldersAbove("/sys/fs/cgroup", unified), ...foldersAbove("/sys/fs/cgroup/unified", unified)],
    v1: foldersAbove(`/sys/fs/cgroup/${controller}`, v1),
  };
}

/** What the nearest cgroup says that has this file. */
export function nearestFile(read: ReadFile, folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => path.posix.join(folder, name)).find((file) => read(file) !== undefined);
}

/** /proc/self/cgroup, `id:controllers:path`; v2's line is `0::path`. */
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
