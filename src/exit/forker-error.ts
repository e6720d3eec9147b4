import { type ExitName, exitCodes } from "./exit-codes.ts";

/**
 * A mistake or refusal that a user can act on. Its message is one line: option, expected, got, what to do.
 * It is printed without a stack; any other error is a fault, and is printed with its stack.
 */
export class ForkerError extends Error {
  override readonly name = "ForkerError";
  /** Stable, for programs: `ERR_FORKER_…`. */
  readonly code: `ERR_FORKER_${string}`;
  readonly exit: ExitName;

  constructor(exit: ExitName, code: `ERR_FORKER_${string}`, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.exit = exit;
  }

  get exitCode(): number {
    return exitCodes[this.exit].code;
  }
}
