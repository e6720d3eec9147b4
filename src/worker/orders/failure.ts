import { ForkerError } from "../../exit/forker-error.ts";
import type { Failure } from "../../protocol/messages.ts";

/** For init. A user's mistake has no stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ForkerError) return { code: error.code, message: error.message, exit: error.exit };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: "ERR_FORKER_WORKER_START", message, ...(stack !== undefined && { stack }), exit: "bootFailure" };
}
