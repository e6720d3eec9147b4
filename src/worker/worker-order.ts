import type { Mode } from "./mode.ts";

/** What a worker can be asked to do, by a signal or by init. */
export type Intent =
  | { readonly kind: "take" }
  | { readonly kind: "suspend" }
  | { readonly kind: "resume" }
  | { readonly kind: "drain"; readonly by: "init" | "SIGQUIT" | "SIGHUP" }
  /** undefined: FORKER_STOP_TIMEOUT. */
  | { readonly kind: "stop"; readonly timeoutMs: number | undefined }
  | { readonly kind: "stopJobs" };

/** Our signals, from the weakest to the strongest: the order in which those that came together are acted on. */
export const workerSignals = ["SIGCONT", "SIGUSR2", "SIGUSR1", "SIGHUP", "SIGQUIT", "SIGTERM", "SIGINT"] as const;
export type WorkerSignal = (typeof workerSignals)[number];

/** A TERM that comes while a QUIT drain runs joins the drain; the next one, or an INT, means now. */
export interface SignalMemory {
  readonly termsInDrain: number;
}

const always: Record<Exclude<WorkerSignal, "SIGTERM" | "SIGINT">, Intent> = {
  SIGCONT: { kind: "resume" },
  SIGUSR2: { kind: "suspend" },
  SIGUSR1: { kind: "stopJobs" },
  SIGHUP: { kind: "drain", by: "SIGHUP" },
  SIGQUIT: { kind: "drain", by: "SIGQUIT" },
};

/** What one of our signals means to a worker in this mode; undefined: a TERM that joined the drain. */
export function intentOf(
  signal: WorkerSignal,
  mode: Mode,
  memory: SignalMemory,
): { intent: Intent | undefined; memory: SignalMemory } {
  if (signal !== "SIGTERM" && signal !== "SIGINT") return { intent: always[signal], memory };
  if (signal === "SIGTERM" && mode === "draining" && memory.termsInDrain === 0) {
    return { intent: undefined, memory: { termsInDrain: 1 } };
  }
  // The second one, while we stop already, means now.
  return { intent: { kind: "stop", timeoutMs: mode === "stopping" ? 0 : undefined }, memory };
}
