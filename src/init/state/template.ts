import type { ExitName } from "../../exit/exit-codes.ts";

export type TemplateState = "loading" | "ready" | "retiring" | "killed";

export interface Template {
  readonly id: number;
  readonly generation: number;
  state: TemplateState;
  pid: number | undefined;
  /** When it had loaded the application. */
  readyAt: number | undefined;
  /** When init first sent SIGKILL. */
  killedAt: number | undefined;
  /** Why the latest SIGKILL could not be sent. */
  killFailure: string | undefined;
  /** When its current state has lasted too long. */
  deadline: number;
  /** Its channel has closed: it receives no orders. */
  isCutOff: boolean;
  /** Between loading and ready: the trial fork is running. */
  isTrying: boolean;
  /** Why there is no trial fork and its workers are spawned. undefined: the template tries to fork. */
  readonly spawnReason: string | undefined;
  /** Its generation is the current one, and another template has forked its workers. */
  readonly isReplacement: boolean;
  /** Why the processes that it forks do not live. */
  broken: string | undefined;
  /** The failure that it reported before it ended. */
  failure: TemplateFailure | undefined;
}

export interface TemplateFailure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly exit: ExitName;
}
