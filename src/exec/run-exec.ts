import { ForkerError } from "../exit/forker-error.ts";

export async function runExec(argv: readonly string[], _signals: unknown): Promise<number> {
  throw new ForkerError("usage", "ERR_FORKER_USAGE", `${argv.join(" ")}: running a command is not there yet`);
}
