import type net from "node:net";
import { native } from "../../native/binding.ts";
import { divideFiles } from "../safety/open-files.ts";
import { describeSocket, readSockets } from "../safety/sockets.ts";
import { forgetAttempts, trackAttempts } from "./attempts.ts";
import { forgetRequests, openRequests, trackRequests } from "./open-requests.ts";
import { forgetWrites, trackWrites, unansweredSockets } from "./unanswered-sockets.ts";

/** A request whose answer the template has not received in full. */
export interface Unanswered {
  /** The request, the socket, or what the kernel calls the socket. */
  readonly key: unknown;
  readonly what: string;
}

let own: readonly net.Socket[] = [];
/** Not waited for again: a server that sends nothing back, a request that waits for news. */
const givenUp = new Set<unknown>();

/** Call it in the template before the application loads. `own`: forker's own sockets. */
export function trackAnswers(sockets: readonly net.Socket[]): void {
  own = sockets;
  trackRequests();
  trackWrites(sockets);
  trackAttempts(sockets);
}

/** Call it in a forked child: the child does not wait for the template's answers. */
export function forgetAnswers(): void {
  forgetRequests();
  forgetWrites();
  forgetAttempts();
  givenUp.clear();
}

/**
 * Requests that a fork now would cut off in the child: HTTP requests without their whole answer, sockets that were written to and
 * have received nothing since, and bytes that are under way. Leaves out those that were given up.
 */
export function unanswered(): Unanswered[] {
  const connections = connectionsOfApplication();
  const all = [
    ...openRequests(),
    ...unansweredSockets().flatMap(({ key, fd }) =>
      connections.has(fd) ? [{ key, what: whatIs(fd, connections) }] : [],
    ),
    ...[...connections]
      .filter(([fd]) => native().bytesUnderWay(fd) > 0)
      .map(([fd, target]) => ({ key: target, what: whatIs(fd, connections) })),
  ];
  return all.filter(({ key }) => !givenUp.has(key));
}

/** Requests that are not answered after a while are cut off in the workers, and not waited for again. */
export function giveUpOn(requests: readonly Unanswered[]): void {
  for (const { key } of requests) givenUp.add(key);
}

/** By descriptor. */
function connectionsOfApplication(): Map<number, string> {
  const files = divideFiles(own).ofApplication.filter(({ target }) => target.startsWith("socket:"));
  return new Map(
    files.filter(({ fd }) => native().socketKind(fd) === "connection").map(({ fd, target }) => [fd, target]),
  );
}

function whatIs(fd: number, connections: ReadonlyMap<number, string>): string {
  const inode = connections.get(fd)?.slice("socket:[".length, -1) ?? "";
  return `an answer on ${describeSocket(readSockets().get(inode))}`;
}
