import { readdirSync, readlinkSync } from "node:fs";
import type net from "node:net";
import type { Finding } from "./safety.ts";
import { describeSocket, readSockets } from "./sockets.ts";

const closeOrOpenLater = "close it in setup(), or open it in beforeFirstFork()";

interface OpenFile {
  readonly fd: number;
  /** As the kernel names it: `socket:[74535]`. */
  readonly target: string;
}

let inherited: ReadonlySet<string> = new Set();

/** Before the application loads: what is open already came from whoever started us, and is not the application's. */
export function noteInheritedFiles(): void {
  inherited = new Set(openFiles().map(({ target }) => target));
}

/** Sockets, pipes and watchers among the open files; what is ours or inherited as standard input, output or error is not asked. */
export function findOpenFiles(own: readonly net.Socket[]): Finding[] {
  const files = openFiles();
  const exempt = new Set([0, 1, 2, ...own.map(descriptorOf)]);
  const known = new Set(files.filter(({ fd }) => exempt.has(fd)).map(({ target }) => target));
  const strange = files.filter(({ target }) => !known.has(target) && !inherited.has(target));
  return [...findSockets(strange), ...findPipes(strange)];
}

function openFiles(): OpenFile[] {
  const files: OpenFile[] = [];
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      files.push({ fd: Number(name), target: readlinkSync(`/proc/self/fd/${name}`) });
    } catch {
      // The descriptor that listed them is closed by now.
    }
  }
  return files;
}

/** Node has no public word for it. */
function descriptorOf(socket: net.Socket): number {
  return (socket as { _handle?: { fd?: number } | null })._handle?.fd ?? -1;
}

function findSockets(files: readonly OpenFile[]): Finding[] {
  const open = files.filter(({ target }) => target.startsWith("socket:"));
  if (open.length === 0) return [];
  const known = readSockets();
  return open.map(({ fd, target }) => {
    const socket = known.get(target.slice("socket:[".length, -1));
    return {
      kind: socket?.listens === true ? "server" : "socket",
      what: `${describeSocket(socket)} (fd ${fd})`,
      severity: "refuse",
      advice: `every worker would share it: ${closeOrOpenLater}`,
    };
  });
}

/** Both ends here: an event loop's own wake-up pipe, such as each of libuv's. */
function findPipes(files: readonly OpenFile[]): Finding[] {
  const pipes = files.filter(({ target }) => target.startsWith("pipe:"));
  return pipes
    .filter(({ target }) => pipes.filter((other) => other.target === target).length === 1)
    .map(({ fd }) => ({
      kind: "pipe",
      what: `a pipe to another process (fd ${fd})`,
      severity: "warn",
      advice: `every worker would share it: ${closeOrOpenLater}`,
    }));
}
