import { constants } from "node:os";
import { forwardedSignals, type WorkerSignal, workerSignals } from "../../signals/signal-table.ts";

function ignore(): void {}

/**
 * signal-exit (unexpected-exit.ts) listens for these, and where nobody else does it ends the process by them: SIGXFSZ, which Node
 * ignores otherwise, so that a write fails with EFBIG; and SIGPOLL, another name of SIGIO.
 */
const harmless = ["SIGXFSZ", "SIGPOLL"] as const;

/**
 * Listens to our signals and does nothing else in the handlers. Signals that came together are handed over as one set, from
 * the weakest to the strongest: Node may deliver two signals in either order, and merges repeats.
 */
export class SignalInbox {
  readonly #pending = new Set<WorkerSignal>();
  #receive: ((signal: WorkerSignal) => void) | undefined;
  #scheduled = false;

  constructor() {
    for (const signal of workerSignals) {
      // The application may have brought listeners of its own along: one that exits would cost us the jobs.
      process.removeAllListeners(signal);
      process.on(signal, () => this.#push(signal));
    }
    // What init forwards is for the application, if it listens; the default of most of them would end the process.
    for (const signal of harmless) process.on(signal, ignore);
    for (const signal of forwardedSignals) if (signal in constants.signals) process.on(signal, ignore);
  }

  /** What came before is handed over too. */
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
