import { ForkerError } from "../exit/forker-error.ts";

/** A command line that cannot be obeyed. */
export function usage(message: string): ForkerError {
  return new ForkerError("usage", "ERR_FORKER_USAGE", `${message}; see forker --help`);
}
