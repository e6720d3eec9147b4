import { meaningfulSignals } from "./signal-table.ts";

type Listener = (...arguments_: unknown[]) => void;
type Emit = (event: string | symbol, ...arguments_: unknown[]) => boolean;

const own = new WeakSet<object>();
const meaningful: ReadonlySet<string | symbol> = new Set(meaningfulSignals);
/** The application's listeners in a forked child, until forker's are installed. */
const setAside = new Map<string, Listener[]>();

/**
 * From now on, a signal that has a meaning for forker calls only forker's listeners, if there are any. One of the application's that
 * exits would lose the jobs; they are called when the worker has none left.
 *
 * Call it before the first listener is installed: Node then binds process.emit (lib/internal/process/signal.js).
 */
export function keepSignalsFromApplication(): void {
  const emit = process.emit.bind(process) as Emit;
  const filtered: Emit = (event, ...values) => {
    const listeners = meaningful.has(event) ? listenersOf(event as string).filter((one) => own.has(one)) : [];
    if (listeners.length === 0) return emit(event, ...values);
    for (const listener of listeners) listener.apply(process, values);
    return true;
  };
  process.emit = filtered as typeof process.emit;
}

export function listenFor(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  own.add(listener);
  process.on(signal, listener);
}

/** Makes the listeners that `install` adds forker's own. */
export function claimListeners(install: () => void): void {
  const before = new Set(meaningfulSignals.flatMap(listenersOf));
  install();
  for (const listener of meaningfulSignals.flatMap(listenersOf)) if (!before.has(listener)) own.add(listener);
}

export function removeOwnListeners(signal: NodeJS.Signals): void {
  for (const listener of listenersOf(signal)) if (own.has(listener)) process.removeListener(signal, listener);
}

/** The application's listeners of a signal, in the order in which they were added. */
export function applicationListeners(signal: NodeJS.Signals): Listener[] {
  return listenersOf(signal).filter(isForeign);
}

export function isForeign(listener: Listener): boolean {
  return !own.has(listener);
}

/** Removes all listeners of a signal that the process has inherited. The application's are kept for returnListeners(). */
export function setListenersAside(signal: NodeJS.Signals): void {
  const theirs = applicationListeners(signal);
  if (theirs.length > 0) setAside.set(signal, theirs);
  process.removeAllListeners(signal);
}

/** Adds the application's listeners again. */
export function returnListeners(): void {
  for (const [signal, listeners] of setAside) for (const listener of listeners) process.on(signal, listener);
  setAside.clear();
}

/** With the wrappers of once(), which remove themselves when they are called. */
export function listenersOf(signal: string): Listener[] {
  return process.rawListeners(signal) as Listener[];
}
