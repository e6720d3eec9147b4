import os from "node:os";
import { keepSignalsFromApplication, listenFor } from "./own-listeners.ts";
import { parseSignal } from "./signal-names.ts";
import { forwardedSignals, meaningfulSignals, wakeSignal } from "./signal-table.ts";

/**
 * The signals that have arrived since the last popAll(). Handlers only enqueue and wake. init handles all queued signals as
 * one set, because the kernel merges repeats, and a busy process may see QUIT and TERM in either order.
 */
export interface SignalQueue {
  /** Sets the function that each signal calls, SIGCHLD included; calls it at once if a signal is queued. Replaces the last one. */
  onWake(wake: () => void): void;
  /** Every signal since the last call. SIGCHLD is not among them; it only wakes. */
  popAll(): ReadonlySet<NodeJS.Signals>;
  /** Enqueues `HUP`, `SIGHUP` or `1` as if it had been sent. False: forker does not listen for this signal. */
  put(signal: string): boolean;
  /** Restores the default of every signal: for subcommands, which Ctrl-C ends. */
  uninstall(): void;
}

/** Once it returns, no catchable signal has its default effect. The kernel drops earlier ones to PID 1, which has no handlers. */
export function installSignalQueue(): SignalQueue {
  const arrived = new Set<NodeJS.Signals>();
  const listened = new Set<NodeJS.Signals>(
    [...meaningfulSignals, ...forwardedSignals].filter((name) => name in os.constants.signals),
  );
  let isAwake = false;
  let wake: (() => void) | undefined;
  const enqueue = (signal: NodeJS.Signals) => {
    arrived.add(signal);
    isAwake = true;
    wake?.();
  };
  const wakeOnly = () => {
    isAwake = true;
    wake?.();
  };
  keepSignalsFromApplication();
  for (const signal of listened) listenFor(signal, enqueue);
  listenFor(wakeSignal, wakeOnly);

  return {
    onWake(newWake) {
      wake = newWake;
      if (isAwake) wake();
    },
    popAll() {
      isAwake = false;
      const taken = new Set(arrived);
      arrived.clear();
      return taken;
    },
    put(text) {
      const signal = parseSignal(text);
      if (signal === undefined || !listened.has(signal)) return false;
      enqueue(signal);
      return true;
    },
    uninstall() {
      wake = undefined;
      for (const signal of listened) process.off(signal, enqueue);
      process.off(wakeSignal, wakeOnly);
    },
  };
}
