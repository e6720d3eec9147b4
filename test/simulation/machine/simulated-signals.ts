import { parseSignal } from "../../../src/signals/signal-names.ts";
import type { SignalQueue } from "../../../src/signals/signal-queue.ts";

/** init's signals, as the kernel and Node deliver them: repeats are merged. */
export class SimulatedSignals implements SignalQueue {
  readonly #arrived = new Set<NodeJS.Signals>();
  #wake: (() => void) | undefined;

  onWake(wake: () => void): void {
    this.#wake = wake;
  }

  popAll(): ReadonlySet<NodeJS.Signals> {
    const taken = new Set(this.#arrived);
    this.#arrived.clear();
    return taken;
  }

  put(text: string): boolean {
    const signal = parseSignal(text);
    if (signal === undefined) return false;
    this.#arrived.add(signal);
    this.#wake?.();
    return true;
  }

  /** SIGCHLD. */
  wake(): void {
    this.#wake?.();
  }

  uninstall(): void {}
}
