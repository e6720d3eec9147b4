import { joinsDrain, type PlainWorkerOrderKind, signalTable, type WorkerSignal } from "../../signals/signal-table.ts";
import type { Mode } from "./mode.ts";

/** What a signal or init can order a worker to do. */
export type WorkerOrder =
  | { readonly kind: "take" | PlainWorkerOrderKind }
  | { readonly kind: "drain"; readonly by: "init" | "signal" }
  /** undefined: FORKER_STOP_TIMEOUT. */
  | { readonly kind: "stop"; readonly timeoutMs: number | undefined };

/** The first TERM during a drain joins the drain; the next one, or an INT, stops the worker at once. */
export interface SignalMemory {
  readonly termsInDrain: number;
}

/** The order that a signal means in this mode, by the signal table; undefined: a TERM that joined the drain. */
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
  // The second one, during a stop, ends the time that jobs have to stop.
  return { order: { kind, timeoutMs: mode === "stopping" ? 0 : undefined }, memory };
}
