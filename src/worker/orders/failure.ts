import { thrownPlace } from "../../app/thrown-text.ts";
import { ForkerError } from "../../exit/forker-error.ts";
import type { Failure } from "../../protocol/messages.ts";

/** For init. A user's mistake has no stack; of another error, the message names its class and where it was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ForkerError)
    return { code: error.code, message: `${error.message}${thrownPlace(error.cause)}`, exit: error.exit };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    code: "ERR_FORKER_WORKER_START",
    message: `${message}${thrownPlace(error)}`,
    ...(stack !== undefined && { stack }),
    exit: "bootFailure",
  };
}
