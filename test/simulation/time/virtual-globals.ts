import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";
import type { Task, VirtualTime } from "./virtual-time.ts";

/** Node's own, for the simulator itself. */
export const realImmediate = globalThis.setImmediate;

/** What setTimeout() and setInterval() return. */
class VirtualTimer {
  readonly #begin: () => Task;
  #task: Task;

  constructor(begin: () => Task) {
    this.#begin = begin;
    this.#task = begin();
  }

  again(): void {
    if (!this.#task.isCancelled) this.#task = this.#begin();
  }

  cancel(): void {
    this.#task.isCancelled = true;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.cancel();
    this.#task = this.#begin();
    return this;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

type Callback = (...values: unknown[]) => void;

/**
 * Gives all code of this process the virtual clock and its timers, until the returned function is called. A timer belongs to the
 * simulated process that runs when it is created.
 */
export function installVirtualTime(time: VirtualTime): () => void {
  const cancel = (timer: unknown) => {
    if (timer instanceof VirtualTimer) timer.cancel();
  };
  const later = (callback: Callback, delayMs: number, values: unknown[], repeats: boolean) => {
    const host = time.running;
    const timer: VirtualTimer = new VirtualTimer(() =>
      time.after(delayMs, host, () => {
        callback(...values);
        if (repeats) timer.again();
      }),
    );
    return timer;
  };
  const inVirtualTime = {
    setTimeout: (callback: Callback, ms?: number, ...values: unknown[]) =>
      later(callback, atLeastOne(ms), values, false),
    setInterval: (callback: Callback, ms?: number, ...values: unknown[]) =>
      later(callback, atLeastOne(ms), values, true),
    setImmediate: (callback: Callback, ...values: unknown[]) => later(callback, 0, values, false),
    clearTimeout: cancel,
    clearInterval: cancel,
    clearImmediate: cancel,
  };
  const promises = {
    setImmediate: (value?: unknown) =>
      new Promise((resolve) => {
        inVirtualTime.setImmediate(resolve, value);
      }),
    setTimeout: (ms?: number, value?: unknown, options?: { readonly signal?: AbortSignal }) =>
      new Promise((resolve, reject) => {
        const timer = inVirtualTime.setTimeout(resolve, ms, value);
        const abort = () => {
          timer.cancel();
          reject(new DOMException("The operation was aborted", "AbortError"));
        };
        if (options?.signal?.aborted === true) abort();
        else options?.signal?.addEventListener("abort", abort, { once: true });
      }),
  };
  const restores = [
    replace(globalThis, inVirtualTime),
    replace(timersPromises, promises),
    replace(Date, { now: () => epochMs + time.now }),
    replace(performance, { now: () => time.now }),
    replace(process, { hrtime: hrtimeOf(time) }),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  };
}

/** Any day: 2026-01-01. */
const epochMs = 1_767_225_600_000;

function atLeastOne(ms: number | undefined): number {
  return ms === undefined || !(ms >= 1) ? 1 : ms;
}

function hrtimeOf(time: VirtualTime): NodeJS.HRTime {
  const hrtime = () => [Math.floor(time.now / 1e3), (time.now % 1e3) * 1e6] as [number, number];
  return Object.assign(hrtime, { bigint: () => BigInt(Math.round(time.now * 1e6)) });
}

function replace(target: object, by: object): () => void {
  const before = Object.keys(by).map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const);
  for (const [name, value] of Object.entries(by))
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, descriptor);
    }
  };
}
