import { constants } from "node:os";
import { listenFor, removeOwnListeners, returnListeners } from "../../signals/own-listeners.ts";
import { forwardedSignals, type WorkerSignal, workerSignals } from "../../signals/signal-table.ts";

function ignore(): void {}

/**
 * signal-exit (unexpected-exit.ts) listens for these, and kills the process if there is no other listener. SIGXFSZ: Node ignores
 * it otherwise, so that a write fails with EFBIG. SIGPOLL: another name of SIGIO.
 */
const harmless = ["SIGXFSZ", "SIGPOLL"] as const;

/** Calls `arrived` for each signal to this process that means an order, from now on. */
export type ListenForSignals = (arrived: (signal: WorkerSignal) => void) => void;

export const listenForSignals: ListenForSignals = (arrived) => {
  for (const signal of workerSignals) {
    removeOwnListeners(signal);
    listenFor(signal, () => arrived(signal));
  }
  // Signals that init forwards are for the application, if it listens. The default action of most of them ends the process.
  for (const signal of harmless) process.on(signal, ignore);
  for (const signal of forwardedSignals) if (signal in constants.signals) process.on(signal, ignore);
  returnListeners();
};

/**
 * Collects signals, and does nothing else in the handlers. Signals that arrive together are passed on as one set, from the
 * weakest to the strongest: Node may deliver two signals in either order, and merges repeats.
 */
export class SignalInbox {
  readonly #pending = new Set<WorkerSignal>();
  #receive: ((signal: WorkerSignal) => void) | undefined;
  #scheduled = false;

  constructor(listen: ListenForSignals) {
    listen((signal) => this.#push(signal));
  }

  /** Also passes on signals that have already arrived. */
  open(receive: (signal: WorkerSignal) => void): void {
    this.#receive = receive;
    this.#schedule();
  }

  #push(signal: WorkerSignal): void {
    this.#pending.add(signal);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#receive === undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const signals = workerSignals.toReversed().filter((signal) => this.#pending.delete(signal));
      for (const signal of signals) this.#receive?.(signal);
    });
  }
}
