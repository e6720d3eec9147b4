import type { ExitName } from "../exit/exit-codes.ts";

/** What reconcile decides. Each changes the world (advance) and then something outside (perform). */
export type Action =
  /** A new generation, for the first boot or for a reload. */
  | { readonly kind: "startReload" }
  /** A template in place of one that died. */
  | { readonly kind: "restartTemplate"; readonly generation: number }
  | { readonly kind: "retireTemplate"; readonly template: number }
  | { readonly kind: "killTemplate"; readonly template: number; readonly why: string }
  /** The candidate becomes the current generation. */
  | { readonly kind: "adopt" }
  | { readonly kind: "abandonReload"; readonly why: string }
  | { readonly kind: "startWorkers"; readonly generation: number; readonly slots: readonly number[] }
  | { readonly kind: "take"; readonly worker: number }
  | { readonly kind: "suspend" | "resume"; readonly worker: number }
  | { readonly kind: "drain"; readonly worker: number; readonly deadline: number }
  | { readonly kind: "stop"; readonly worker: number }
  | { readonly kind: "kill"; readonly worker: number; readonly why: string }
  /** It was ordered, and never showed up. */
  | { readonly kind: "giveUp"; readonly worker: number }
  /** End everything, with this exit code. */
  | { readonly kind: "fail"; readonly exit: ExitName; readonly why: string }
  | { readonly kind: "exit"; readonly exit: ExitName };
