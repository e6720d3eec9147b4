import { addonProblem, native } from "../native/binding.ts";

/** The kinds of what keeps the event loop alive, as Node names them, one entry for each. */
export function activeResources(): string[] {
  const kinds = process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate" && kind !== "TTYWrap");
  // A pipe or socket that the process writes its output to. It appears with the first line.
  for (const _ of standardStreams()) {
    const at = kinds.findIndex((kind) => kind === "PipeWrap" || kind === "TCPSocketWrap");
    if (at >= 0) kinds.splice(at, 1);
  }
  return kinds;
}

/** The resources that were not there before. */
export function addedTo(before: readonly string[]): string[] {
  const left = counts(before);
  return activeResources().filter((kind) => {
    const count = left.get(kind) ?? 0;
    left.set(kind, count - 1);
    return count <= 0;
  });
}

const names: Readonly<Record<string, string>> = {
  TCPSocketWrap: "TCP connection",
  TLSWrap: "TLS connection",
  PipeWrap: "connection of a unix socket",
  TCPServerWrap: "listening server",
  PipeServerWrap: "listening server",
  UDPWrap: "UDP socket",
  ProcessWrap: "child process",
  MessagePort: "worker thread",
  Worker: "worker thread",
  ConnectWrap: "connection that is being opened",
  GetAddrInfoReqWrap: "lookup of a name",
  FSReqCallback: "file request",
  FSReqPromise: "file request",
};

/** For people: `a TCP connection`, `2 child processes`. */
export function describeResources(kinds: readonly string[]): string[] {
  return [...counts(kinds.map((kind) => names[kind] ?? kind))].map(([name, count]) =>
    count === 1 ? `a ${name}` : `${count} ${name.endsWith("s") ? `${name}es` : `${name}s`}`,
  );
}

/** Requests in flight. Without the addon, those that Node names. */
export function activeRequests(): number {
  if (addonProblem() === undefined) return native().activeRequests();
  return process.getActiveResourcesInfo().filter((kind) => kind.includes("Req")).length;
}

function standardStreams(): unknown[] {
  const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => readonly { _isStdio?: boolean }[] };
  return (handles?.call(process) ?? []).filter((handle) => handle._isStdio === true);
}

function counts(kinds: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const kind of kinds) found.set(kind, (found.get(kind) ?? 0) + 1);
  return found;
}
