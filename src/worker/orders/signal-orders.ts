import type { WorkerSignal } from "../../signals/signal-table.ts";
import type { Mode } from "./mode.ts";
import { orderOf, type SignalMemory, type WorkerOrder } from "./worker-order.ts";

/** The orders that the signals of one worker mean, one after the other. */
export class SignalOrders {
  #memory: SignalMemory = { termsInDrain: 0 };

  /** undefined: a TERM that joined the drain. */
  orderOf(signal: WorkerSignal, mode: Mode): WorkerOrder | undefined {
    const { order, memory } = orderOf(signal, mode, this.#memory);
    this.#memory = memory;
    return order;
  }
}
