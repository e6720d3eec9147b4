import net from "node:net";
import { currentTurn, type Turn } from "../progress/turns.ts";

interface Target {
  attempts: number;
  /** Of the latest attempt. undefined: it is under way, or has succeeded. */
  failure: string | undefined;
  socket: WeakRef<net.Socket>;
}

/** net.Socket inherits destroy() from Readable. */
const sockets = net.Socket.prototype as unknown as {
  connect: (this: net.Socket, ...args: unknown[]) => net.Socket;
  destroy: (this: net.Socket, error?: Error) => net.Socket;
};
const connect = sockets.connect;
/** By address. The oldest is dropped: an application that tries so many is not waiting for one. */
const targets = new Map<string, Target>();
const mostTargets = 64;
const targetOf = new WeakMap<net.Socket, Target>();
let failedIn = new WeakSet<Turn>();
let isTracking = false;

/** Call it before the application loads. Notes where it connects to, and what happens to it; not for `own`. */
export function trackAttempts(own: readonly net.Socket[]): void {
  if (isTracking) return;
  isTracking = true;
  const skipped = new WeakSet(own);
  const { destroy } = sockets;
  sockets.connect = function noteAttempt(...args) {
    if (!skipped.has(this)) begin(this, addressOf(args));
    return connect.apply(this, args);
  };
  sockets.destroy = function noteFailure(error) {
    const target = targetOf.get(this);
    if (target?.socket.deref() === this && !this.destroyed && (this.connecting || error)) fail(target, error);
    return destroy.call(this, error);
  };
}

/** Call it when the application has loaded, or in a forked child. */
export function forgetAttempts(): void {
  if (isTracking) {
    sockets.connect = connect;
    Reflect.deleteProperty(sockets, "destroy");
  }
  isTracking = false;
  targets.clear();
  failedIn = new WeakSet();
}

/** Whether an attempt failed in this turn. What the application sets a timer for there is, most of all, the next attempt. */
export function hasFailedIn(turn: Turn): boolean {
  return failedIn.has(turn);
}

/** For people: `127.0.0.1:5432 (3 attempts to connect, the last: ECONNREFUSED)`. */
export function describeFailedAttempts(): string[] {
  return [...targets].flatMap(([address, { attempts, failure }]) => {
    if (failure === undefined) return [];
    const tried = attempts === 1 ? "an attempt to connect" : `${attempts} attempts to connect, the last`;
    return [`${address} (${tried}: ${failure})`];
  });
}

/** For people: `a connection to 127.0.0.1:5432`, `an attempt to connect to 127.0.0.1:5432`. */
export function describeOpenConnections(): string[] {
  return [...targets].flatMap(([address, { socket }]) => {
    const one = socket.deref();
    if (one === undefined || one.destroyed) return [];
    return [`${one.connecting ? "an attempt to connect" : "a connection"} to ${address}`];
  });
}

function begin(socket: net.Socket, address: string): void {
  const target = targets.get(address) ?? { attempts: 0, failure: undefined, socket: new WeakRef(socket) };
  target.attempts++;
  target.failure = undefined;
  target.socket = new WeakRef(socket);
  targets.delete(address);
  targets.set(address, target);
  targetOf.set(socket, target);
  const [oldest] = targets.keys();
  if (targets.size > mostTargets && oldest !== undefined) targets.delete(oldest);
}

function fail(target: Target, error: Error | undefined): void {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  target.failure = code ?? error?.message ?? "given up";
  failedIn.add(currentTurn());
}

/** The arguments of connect(), which Node itself passes as one array: `[options, callback]`. */
function addressOf(args: readonly unknown[]): string {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === "string" && Number.isNaN(Number(first))) return first;
  const given = typeof first === "object" && first !== null ? first : { port: first, host: second };
  const { path, port, host } = given as { path?: unknown; port?: unknown; host?: unknown };
  if (typeof path === "string") return path;
  return `${typeof host === "string" ? host : "localhost"}:${String(port)}`;
}
