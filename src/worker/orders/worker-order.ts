import { joinsDrain, type PlainWorkerOrderKind, signalTable, type WorkerSignal } from "../../signals/signal-table.ts";
import type { Mode } from "./mode.ts";

/** What a worker can be asked to do, by a signal or by init. */
export type WorkerOrder =
  | { readonly kind: "take" | PlainWorkerOrderKind }
  | { readonly kind: "drain"; readonly by: "init" | "signal" }
  /** undefined: FORKER_STOP_TIMEOUT. */
  | { readonly kind: "stop"; readonly timeoutMs: number | undefined };

/** A TERM that comes while a drain runs joins the drain; the next one, or an INT, means now. */
export interface SignalMemory {
  readonly termsInDrain: number;
}

/** What a signal to this worker means in this mode, by the table of signals; undefined: a TERM that joined the drain. */
export function orderOf(
  signal: WorkerSignal,
  mode: Mode,
  memory: SignalMemory,
): { order: WorkerOrder | undefined; memory: SignalMemory } {
  const { worker: kind } = signalTable[signal];
  if (kind === "drain") return { order: { kind, by: "signal" }, memory };
  if (kind !== "stop") return { order: { kind }, memory };
  if (joinsDrain(signal) && mode === "draining" && memory.termsInDrain === 0) {
    return { order: undefined, memory: { termsInDrain: 1 } };
  }
  // The second one, while we stop already, means now.
  return { order: { kind, timeoutMs: mode === "stopping" ? 0 : undefined }, memory };
}
