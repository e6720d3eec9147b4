import { addonProblem, native } from "./binding.ts";

const SIGKILL = 9;

/**
 * The end of the parent is our end from now on; to be called again after each change of user, which undoes it (prctl(2)).
 * False: it is dead already. Without the addon, or where the kernel refuses it (a sandbox), the end of our channel is all that
 * tells of its death.
 */
export function dieWithParent(parentPid: number, log: { warn(fields: object, message: string): void }): boolean {
  const refusal = deathSignalRefusal();
  if (refusal !== undefined && addonProblem() === undefined)
    log.warn({ cause: refusal }, "this process is not killed when its parent dies: it ends by itself with its channel");
  // The parent may have died before prctl(): then the kernel sends no signal.
  return process.ppid === parentPid;
}

/** Asks the kernel to end us with our parent. Why it does not; undefined: it does. */
export function deathSignalRefusal(): string | undefined {
  const problem = addonProblem();
  if (problem !== undefined) return problem;
  try {
    native().setParentDeathSignal(SIGKILL);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}
