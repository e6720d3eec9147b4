import { readFileSync } from "node:fs";

/** What the kernel reports about one socket. */
export interface KernelSocket {
  readonly protocol: "TCP" | "UDP" | "unix";
  readonly local: string;
  /** Empty: not connected. */
  readonly peer: string;
  readonly listens: boolean;
}

const TCP_LISTEN = "0A";
/** __SO_ACCEPTCON in the flags of /proc/net/unix. */
const accepts = 0x1_0000;

/** Every TCP, UDP and unix socket of this network namespace, by inode. */
export function readSockets(): Map<string, KernelSocket> {
  const sockets = new Map<string, KernelSocket>();
  for (const [file, protocol] of [
    ["tcp", "TCP"],
    ["tcp6", "TCP"],
    ["udp", "UDP"],
    ["udp6", "UDP"],
  ] as const) {
    for (const line of linesOf(file)) parseInternet(line, protocol, sockets);
  }
  for (const line of linesOf("unix")) parseUnix(line, sockets);
  return sockets;
}

export function describeSocket(socket: KernelSocket | undefined): string {
  if (socket === undefined) return "a socket";
  const { protocol, local, peer, listens } = socket;
  if (listens) return `a server on ${protocol} ${local}`;
  if (protocol === "unix") return local === "" ? "an unnamed unix socket" : `a unix socket ${local}`;
  return peer === "" ? `a ${protocol} socket on ${local}` : `a ${protocol} connection to ${peer}`;
}

/** Empty if the kernel lacks the protocol. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(`/proc/self/net/${file}`, "latin1").split("\n").slice(1).filter(Boolean);
  } catch {
    return [];
  }
}

function parseInternet(line: string, protocol: "TCP" | "UDP", sockets: Map<string, KernelSocket>): void {
  const [, local = "", remote = "", state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
  const peer = addressOf(remote);
  sockets.set(inode, {
    protocol,
    local: addressOf(local),
    peer: peer.endsWith(":0") ? "" : peer,
    listens: protocol === "TCP" && state === TCP_LISTEN,
  });
}

/** `Num RefCount Protocol Flags Type St Inode Path`; an abstract name shows its NUL as `@`. */
function parseUnix(line: string, sockets: Map<string, KernelSocket>): void {
  const [, , , flags = "0", , , inode = "", ...path] = line.trim().split(/\s+/);
  const listens = (Number.parseInt(flags, 16) & accepts) !== 0;
  sockets.set(inode, { protocol: "unix", local: path.join(" "), peer: "", listens });
}

/** `0100007F:18EB`: 32-bit words in the machine's byte order, which is little-endian on every platform of the fork engine. */
export function addressOf(text: string): string {
  const [words = "", port = "0"] = text.split(":");
  const bytes = words.match(/.{8}/g)?.flatMap((word) => (word.match(/../g) ?? []).toReversed()) ?? [];
  const numbers = bytes.map((byte) => Number.parseInt(byte, 16));
  return `${numbers.length === 4 ? numbers.join(".") : `[${sixOf(numbers)}]`}:${Number.parseInt(port, 16)}`;
}

function sixOf(bytes: readonly number[]): string {
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff)
    return `::ffff:${bytes.slice(12).join(".")}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::");
}
