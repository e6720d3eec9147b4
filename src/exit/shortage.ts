import { ForkerError } from "./forker-error.ts";

/** What a process can run out of, by its name in errno(3), and how a user can provide more. */
const remedies: ReadonlyMap<string, string> = new Map([
  ["EMFILE", "raise this process's limit of open files (ulimit -n)"],
  ["ENFILE", "raise the system's limit of open files (fs.file-max)"],
  ["ENOMEM", "provide more memory"],
]);

/** The refusal of a system call for want of a resource. undefined: this is another error. */
export function shortageOf(cause: unknown): ForkerError | undefined {
  if (!(cause instanceof Error)) return undefined;
  // An error of the addon has its errno in errnoName.
  const { code, errnoName } = cause as { code?: unknown; errnoName?: unknown };
  const remedy = remedies.get(String(errnoName ?? code));
  if (remedy === undefined) return undefined;
  return new ForkerError("system", "ERR_FORKER_SHORTAGE", `${cause.message}; ${remedy}`, { cause });
}
