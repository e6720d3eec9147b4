import { type WorkerSignal, workerSignals } from "./intent.ts";

/**
 * Listens to our signals and does nothing else in the handlers. Signals that came together are handed over as one set, in a
 * fixed order: Node may deliver two signals in either order, and merges repeats.
 */
export class SignalInbox {
  readonly #pending = new Set<WorkerSignal>();
  readonly #listeners = new Map<WorkerSignal, () => void>();
  #receive: ((signal: WorkerSignal) => void) | undefined;
  #scheduled = false;

  constructor() {
    for (const signal of workerSignals) {
      const listener = () => this.#push(signal);
      this.#listeners.set(signal, listener);
      process.on(signal, listener);
    }
  }

  /** What came before is handed over too. */
  open(receive: (signal: WorkerSignal) => void): void {
    this.#receive = receive;
    this.#schedule();
  }

  close(): void {
    this.#receive = undefined;
    // The listeners stay: between here and the exit no signal may fall to its default disposition.
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
      const signals = workerSignals.filter((signal) => this.#pending.delete(signal));
      for (const signal of signals) this.#receive?.(signal);
    });
  }
}
