import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type net from "node:net";

export interface OpenFile {
  readonly fd: number;
  /** As the kernel names it: `socket:[74535]`. */
  readonly target: string;
}

let inherited: ReadonlySet<string> = new Set();

/**
 * Call it before the application loads. Files that were open before this process's exec belong to its parent. Files that a
 * preload in NODE_OPTIONS has opened do not: Node opens everything with O_CLOEXEC.
 */
export function noteInheritedFiles(): void {
  inherited = new Set(openFiles().flatMap(({ fd, target }) => (closesOnExec(fd) ? [] : [target])));
}

const O_CLOEXEC = 0o2000000;

function closesOnExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0;
  } catch {
    return false;
  }
}

export function openFiles(): OpenFile[] {
  const files: OpenFile[] = [];
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      files.push({ fd: Number(name), target: readlinkSync(`/proc/self/fd/${name}`) });
    } catch {
      // The descriptor of the listing itself is already closed.
    }
  }
  return files;
}

/** The open files, divided: the standard streams, files that were inherited and `own` sockets; and those of the application. */
export function divideFiles(own: readonly net.Socket[]): {
  readonly kept: number[];
  readonly ofApplication: OpenFile[];
} {
  const files = openFiles();
  const exempt = new Set([0, 1, 2, ...own.map(descriptorOf)]);
  const known = new Set(files.filter(({ fd }) => exempt.has(fd)).map(({ target }) => target));
  const isKept = ({ target }: OpenFile) => known.has(target) || inherited.has(target);
  return {
    kept: files.filter(isKept).map(({ fd }) => fd),
    ofApplication: files.filter((file) => !isKept(file)),
  };
}

/** Node has no public API for a socket's descriptor. */
export function descriptorOf(socket: net.Socket | null): number {
  return (socket as { _handle?: { fd?: number } | null } | null)?._handle?.fd ?? -1;
}
