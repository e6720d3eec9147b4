import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import type { Draws } from "../../../support/draws.ts";
import { installVirtualTime } from "../../time/virtual-globals.ts";
import type { Host, VirtualTime } from "../../time/virtual-time.ts";

/** What a simulated process sees of itself. */
export interface ProcessFacts {
  readonly pid: number;
  /** How far its wall clock is ahead of the others. */
  readonly skewMs: number;
}

/** Any day: 2026-01-01. */
export const epochMs = 1_767_225_600_000;

const RealDate = Date;

/**
 * Gives all code the virtual clock, and what else differs between processes: the wall clock, the pid, the title, listeners, and
 * random numbers from the seed. The process that runs is `time.running`. Returns how to undo it.
 */
export function installProcessGlobals(
  time: VirtualTime,
  draws: Draws,
  factsOf: (host: Host) => ProcessFacts | undefined,
): () => void {
  const uninstall = installVirtualTime(time);
  const now = () => Math.floor(epochMs + time.now + (factsOf(time.running)?.skewMs ?? 0));
  class WorldDate extends RealDate {
    constructor(...values: [] | [number | string]) {
      if (values.length === 0) super(now());
      else super(...values);
    }

    static override now(): number {
      return now();
    }
  }
  const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => draws.below(256)));
  let title = "";
  const restores = [
    define(globalThis, "Date", { value: WorldDate }),
    define(Math, "random", { value: () => draws.next() }),
    define(crypto, "randomBytes", { value: bytes }),
    define(crypto, "randomUUID", { value: () => uuidOf(bytes(16).toString("hex")) }),
    define(process, "pid", { get: () => factsOf(time.running)?.pid ?? 1 }),
    define(process, "title", { get: () => title, set: (next: string) => void (title = next) }),
    // No simulated application listens for signals, or for the end of its process.
    define(process, "rawListeners", { value: () => [] }),
    // Code that replaces it for a while restores it.
    define(process, "exit", { value: () => undefined }),
  ];
  syncBuiltinESMExports();
  // A runner that is killed does not remove its own.
  const most = process.getMaxListeners();
  process.setMaxListeners(0);
  return () => {
    process.removeAllListeners("uncaughtExceptionMonitor");
    process.setMaxListeners(most);
    for (const restore of restores.toReversed()) restore();
    uninstall();
    syncBuiltinESMExports();
  };
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function define(target: object, name: string, descriptor: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  const isValue = "value" in descriptor;
  Object.defineProperty(target, name, { configurable: true, ...(isValue && { writable: true }), ...descriptor });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}
