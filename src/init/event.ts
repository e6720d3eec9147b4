import type { Intent } from "../signals/decide.ts";
import type { Farewell, Generation, Pulse, TemplateFailure } from "./world.ts";

/** How a process ended. */
export type ExitStatus = { readonly exitCode: number } | { readonly signal: string } | { readonly unknown: true };

/** What happened, in the order in which init noticed it. */
export type Event =
  | { readonly kind: "intent"; readonly intent: Intent }
  | { readonly kind: "templateBorn"; readonly template: number; readonly pid: number }
  | { readonly kind: "templateLoaded"; readonly template: number; readonly loaded: Generation }
  | { readonly kind: "templateFailed"; readonly template: number; readonly failure: TemplateFailure }
  | { readonly kind: "templateExited"; readonly template: number; readonly status: ExitStatus }
  | { readonly kind: "workerBorn"; readonly worker: number; readonly pid: number }
  | { readonly kind: "workerNotBorn"; readonly worker: number; readonly why: string }
  | { readonly kind: "workerStarted"; readonly worker: number }
  | { readonly kind: "workerStartFailed"; readonly worker: number; readonly why: string }
  | { readonly kind: "workerPulse"; readonly worker: number; readonly pulse: Pulse }
  | { readonly kind: "workerFarewell"; readonly worker: number; readonly farewell: Farewell }
  /** Its channel closed: it is ending, or has lost its mind. */
  | { readonly kind: "workerSilent"; readonly worker: number }
  | { readonly kind: "workerExited"; readonly worker: number; readonly status: ExitStatus };
