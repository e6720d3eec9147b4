import { ForkerError } from "../exit/forker-error.ts";

/** The error for a command line that forker does not understand. */
export function usage(message: string): ForkerError {
  return new ForkerError("usage", "ERR_FORKER_USAGE", `${message}; see forker --help`);
}
