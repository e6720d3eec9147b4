import type { ExitName } from "../../exit/exit-codes.ts";

export type TemplateState = "loading" | "ready" | "retiring" | "killed";

export interface Template {
  readonly id: number;
  readonly generation: number;
  state: TemplateState;
  pid: number | undefined;
  /** When it had loaded. */
  readyAt: number | undefined;
  /** When SIGKILL was sent first. */
  killedAt: number | undefined;
  /** When its state has lasted too long. */
  deadline: number;
  /** Between loading and ready: it is tried whether it can be forked. */
  isTrying: boolean;
  /** Given: it is not tried whether it can be forked, and its workers are spawned. */
  readonly spawnReason: string | undefined;
  /** Why what it forks does not come back. */
  broken: string | undefined;
  /** What it said before it ended. */
  failure: TemplateFailure | undefined;
}

export interface TemplateFailure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly exit: ExitName;
}
