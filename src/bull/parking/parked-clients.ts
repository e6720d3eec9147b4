import { noteKnownWait, notePossibleWait } from "../../engine/progress/waits.ts";
import { deferConnections, type Gate } from "./defer-connection.ts";
import { watchNewEmitters } from "./new-emitters.ts";
import { noteWaits } from "./note-waits.ts";
import { type ParkableClient, prototypeOfClient } from "./recognize-client.ts";
import { shareCommands } from "./share-commands.ts";

interface Parked extends PromiseWithResolvers<void> {
  readonly stopNoting: () => void;
}

const parked = new Map<ParkableClient, Parked>();
const known = new WeakSet<object>();
const undos: (() => void)[] = [];
let isParking = false;
/** BullMQ itself waits for its client, before a command is in the client's queue. */
let isCallAwaited = false;
let released: readonly ParkableClient[] = [];

/**
 * Call it before the application loads. From now on, an ioredis client does everything but open a socket: its status is
 * `connecting`, and its commands wait in its offline queue.
 */
export function parkClients(): void {
  isParking = true;
  watchNewEmitters(meet);
}

/** Call it in a worker, before code of the application runs: the parked clients connect, and later ones connect at once. */
export function releaseClients(): void {
  stopParking();
  released = [...parked.keys()];
  connectParkedClients();
}

/** Clients connect at once again, except those that are parked already. */
export function stopParking(): void {
  isParking = false;
  for (const undo of undos.splice(0).toReversed()) undo();
}

/** Makes a change that lasts while clients are parked. It returns its undoing. */
export function whileParking(change: () => () => void): void {
  if (isParking) undos.push(change());
}

export function hasParkedClients(): boolean {
  return parked.size > 0;
}

/** Commands whose reply may never come. */
const blocking = /^(?:b[lrz]|xread|subscribe|psubscribe|ssubscribe|wait|monitor)/;

/** Whether the clients that were released wait for no reply. */
export function areReleasedClientsCalm(): boolean {
  return released.every((client) => {
    const waiting = [client.offlineQueue, client.commandQueue].flatMap((queue) => queue?.toArray() ?? []);
    const isOver = client.status === "ready" || client.status === "end";
    return isOver && waiting.every(({ command }) => blocking.test(command.name));
  });
}

/** Connects the clients that are parked now. Clients that are created later are parked as before. */
export function connectParkedClients(): void {
  for (const { resolve, stopNoting } of parked.values()) {
    stopNoting();
    resolve();
  }
  parked.clear();
  isCallAwaited = false;
}

/** For each parked client: `Redis at 127.0.0.1:6379 (waiting: get, set)`, with the commands that wait in its offline queue. */
export function describeParkedClients(): string[] {
  return [...parked.keys()].map(({ options, connector, offlineQueue }) => {
    const { host = "", port = "", path = `${host}:${port}` } = options;
    const place = connector === undefined ? "a Redis Cluster" : `Redis at ${path}`;
    const commands = new Set(offlineQueue?.toArray().map(({ command }) => command.name));
    return commands.size === 0 ? place : `${place} (waiting: ${[...commands].join(", ")})`;
  });
}

/** The client that has been parked for the longest. undefined: none is parked. */
export function firstParkedClient(): ParkableClient | undefined {
  const [client] = parked.keys();
  return client;
}

/** Whether commands wait in a parked client, or in BullMQ for one. */
export function hasWaitingCommands(): boolean {
  if (parked.size > 0 && isCallAwaited) return true;
  return [...parked.keys()].some(({ offlineQueue }) => (offlineQueue?.toArray().length ?? 0) > 0);
}

/** Call it when the application has called a method of BullMQ's that sends a command as soon as its client is connected. */
export function noteAwaitedCall(): void {
  isCallAwaited = true;
  noteKnownWait();
}

const gate: Gate = {
  isClosed: () => isParking,
  passed: (client) => {
    notePossibleWait();
    const one = parked.get(client) ?? { ...Promise.withResolvers<void>(), stopNoting: noteWaits(client) };
    parked.set(client, one);
    return one.promise;
  },
  giveUp: (client) => {
    const one = parked.get(client);
    one?.stopNoting();
    one?.resolve();
    parked.delete(client);
  },
};

/** A client calls this in its constructor, before it connects. */
function meet(emitter: object): void {
  if (!isParking) return;
  const found = prototypeOfClient(emitter);
  if (found === undefined || known.has(found.methods)) return;
  known.add(found.methods);
  deferConnections(found, gate);
  shareCommands(found);
}
