import { fstatSync, readSync } from "node:fs";
import type net from "node:net";
import path from "node:path";
import { native } from "../../native/binding.ts";
import type { SocketKind } from "../../native/sockets.ts";
import type { Advice, Finding } from "./finding.ts";
import { descriptorOf, divideFiles, type OpenFile } from "./open-files.ts";
import { originOfPreloads } from "./origin-text.ts";
import { originOfFile, trackedProcesses } from "./origins.ts";
import { adviceOn, advise } from "./safety-advice.ts";
import { describeSocket, type KernelSocket, readSockets } from "./sockets.ts";

/** Finds servers, pipes and databases among the open files. Skips standard streams, inherited files and `own`. */
export function findOpenFiles(own: readonly net.Socket[]): Finding[] {
  const { ofApplication } = divideFiles(own);
  return [...findSockets(ofApplication), ...findPipes(ofApplication), ...findDatabases(ofApplication)];
}

const shared = advise({ problem: "every worker would share it", inSetup: "close it", inWorkers: "open it" });

/** What is wrong with the sockets that a worker neither sees as ended nor replaces by its own. */
const advices: Readonly<Partial<Record<SocketKind, Advice>>> = {
  server: advise({ problem: "every worker would take connections from it", inSetup: "close it", inWorkers: "listen" }),
  service: advise({ problem: "every worker would take datagrams from it", inSetup: "close it", inWorkers: "bind it" }),
  pair: advise({
    problem: "every worker would share it with the process at its other end",
    inSetup: "close it",
    inWorkers: "start that process",
  }),
  other: shared,
};

function findSockets(files: readonly OpenFile[]): Finding[] {
  const open = files
    .filter(({ target }) => target.startsWith("socket:"))
    .map((file) => ({ ...file, kind: native().socketKind(file.fd) }))
    .filter(({ kind }) => advices[kind] !== undefined);
  if (open.length === 0) return [];
  const known = readSockets();
  const streams = standardStreams();
  return open.map(({ fd, target, kind }) => {
    const stream = streams.get(fd);
    if (stream !== undefined) return streamOfProcess(fd, stream);
    const socket = known.get(target.slice("socket:[".length, -1));
    const origin = originOfFile(fd) || originOfPreloads();
    return {
      kind: kind === "server" || kind === "service" ? "server" : "socket",
      what: `${describe(socket, kind)} (fd ${fd})${origin}`,
      severity: "refuse",
      advice: adviceOn(origin, advices[kind] ?? shared),
    };
  });
}

function describe(socket: KernelSocket | undefined, kind: SocketKind): string {
  if (kind === "pair") return "a socket pair with another process";
  // A socket for datagrams does not listen.
  return describeSocket(
    socket === undefined ? undefined : { ...socket, listens: kind === "server" || kind === "service" },
  );
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
  const advice = advise({
    problem: "every worker would share it",
    inSetup: "end the child process",
    inWorkers: "start it",
  });
  return { kind: "socket", what: `${what} (fd ${fd})${origin}`, severity: "refuse", advice: adviceOn(origin, advice) };
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
      advice: shared,
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
    advice: advise({
      problem: "workers do not inherit its locks, and would corrupt it",
      inSetup: "close it",
      inWorkers: "open it",
    }),
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
