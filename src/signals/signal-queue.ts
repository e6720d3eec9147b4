import os from "node:os";
import { parseSignal } from "./signal-names.ts";
import { forwardedSignals, meaningfulSignals, wakeSignal } from "./signal-table.ts";

/**
 * The signals that came since the last look. Handlers only enqueue and wake: what arrives together is acted on as one set,
 * because the kernel merges repeats, and a busy process may see QUIT and TERM in either order.
 */
export interface SignalQueue {
  /** Who is woken when one is put in, SIGCHLD included. Replaces the one before; woken at once if something waits. */
  onWake(wake: () => void): void;
  /** Every signal since the last call; SIGCHLD is none, it only wakes. */
  popAll(): ReadonlySet<NodeJS.Signals>;
  /** As if the signal had been sent: `HUP`, `SIGHUP` or `1`. False: not a signal that we listen for. */
  put(signal: string): boolean;
  /** Gives every signal back to its default: for subcommands, which Ctrl-C should simply end. */
  uninstall(): void;
}

/** From its return on, no signal that can be caught falls to its default; an earlier one is ignored by PID 1's kernel. */
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
  for (const signal of listened) process.on(signal, enqueue);
  process.on(wakeSignal, wakeOnly);

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
