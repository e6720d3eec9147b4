import type { ExitName } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";

/** What keeps `forker init` from writing anything. */
export function mistake(exit: ExitName, message: string, cause?: unknown): ForkerError {
  return new ForkerError(exit, "ERR_FORKER_INIT", `init: ${message}`, cause === undefined ? {} : { cause });
}
