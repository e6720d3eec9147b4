import { fstatSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import type net from "node:net";
import path from "node:path";
import type { Finding } from "./finding.ts";
import { originOfPreloads } from "./origin-text.ts";
import { originOfFile, trackedProcesses } from "./origins.ts";
import { adviceFor } from "./safety-advice.ts";
import { describeSocket, readSockets } from "./sockets.ts";

interface OpenFile {
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

/** Finds sockets, pipes and databases among the open files. Skips standard streams, inherited files and `own`. */
export function findOpenFiles(own: readonly net.Socket[]): Finding[] {
  const files = openFiles();
  const exempt = new Set([0, 1, 2, ...own.map(descriptorOf)]);
  const known = new Set(files.filter(({ fd }) => exempt.has(fd)).map(({ target }) => target));
  const strange = files.filter(({ target }) => !known.has(target) && !inherited.has(target));
  return [...findSockets(strange), ...findPipes(strange), ...findDatabases(strange)];
}

function openFiles(): OpenFile[] {
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

/** Node has no public API for a socket's descriptor. */
function descriptorOf(socket: net.Socket | null): number {
  return (socket as { _handle?: { fd?: number } | null } | null)?._handle?.fd ?? -1;
}

function findSockets(files: readonly OpenFile[]): Finding[] {
  const open = files.filter(({ target }) => target.startsWith("socket:"));
  if (open.length === 0) return [];
  const known = readSockets();
  const streams = standardStreams();
  return open.map(({ fd, target }) => {
    const stream = streams.get(fd);
    if (stream !== undefined) return streamOfProcess(fd, stream);
    const socket = known.get(target.slice("socket:[".length, -1));
    const origin = originOfFile(fd) || originOfPreloads();
    return {
      kind: socket?.listens === true ? "server" : "socket",
      what: `${describeSocket(socket)} (fd ${fd})${origin}`,
      severity: "refuse",
      advice: adviceFor(origin, "every worker would share it: close it in setup(), or open it in afterFork()"),
    };
  });
}

interface ProcessStream {
  readonly what: string;
  readonly origin: string;
}

/** The standard streams of child processes, by descriptor: libuv uses a socket pair where other programs use a pipe. */
function standardStreams(): Map<number, ProcessStream> {
  const names = ["standard input", "standard output", "standard error"];
  const streams = new Map<number, ProcessStream>();
  for (const { process: child, origin } of trackedProcesses()) {
    for (const [index, stream] of (child.stdio ?? []).entries()) {
      const fd = descriptorOf(stream as net.Socket | null);
      const what = `the ${names[index] ?? `pipe ${index}`} of child process ${child.pid} (${path.basename(child.spawnfile)})`;
      if (fd >= 0) streams.set(fd, { what, origin });
    }
  }
  return streams;
}

function streamOfProcess(fd: number, { what, origin }: ProcessStream): Finding {
  const advice = "every worker would share it: end the child process in setup(), or start it in afterFork()";
  return { kind: "socket", what: `${what} (fd ${fd})${origin}`, severity: "refuse", advice: adviceFor(origin, advice) };
}

/** Skips a pipe with both ends in this process: it is an event loop's own wake-up pipe, such as libuv's. */
function findPipes(files: readonly OpenFile[]): Finding[] {
  const pipes = files.filter(({ target }) => target.startsWith("pipe:"));
  return pipes
    .filter(({ target }) => pipes.filter((other) => other.target === target).length === 1)
    .map(({ fd }) => ({
      kind: "pipe",
      what: `a pipe to another process (fd ${fd})${originOfFile(fd)}`,
      severity: "warn",
      advice: "every worker would share it: close it in setup(), or open it in afterFork()",
    }));
}

const sqliteMagic = "SQLite format 3\0";

/**
 * SQLite's locks belong to a process: a forked child believes that it holds locks that it does not hold
 * (sqlite.org/howtocorrupt.html, "Carrying an open database file across a fork()").
 */
function findDatabases(files: readonly OpenFile[]): Finding[] {
  return files.filter(isDatabase).map(({ fd, target }) => ({
    kind: "database",
    what: `the SQLite database ${target} (fd ${fd})`,
    severity: "refuse",
    advice: "workers do not inherit its locks, and would corrupt it: close it in setup(), or open it in afterFork()",
  }));
}

function isDatabase({ fd, target }: OpenFile): boolean {
  if (!target.startsWith("/") || target.startsWith("/dev/")) return false;
  const start = Buffer.alloc(sqliteMagic.length);
  try {
    if (!fstatSync(fd).isFile()) return false;
    return readSync(fd, start, 0, start.length, 0) === start.length && start.toString("latin1") === sqliteMagic;
  } catch {
    // The file is open for writing only, or no longer exists.
    return false;
  }
}
