import { addonProblem, native } from "./binding.ts";

const SIGKILL = 9;

/**
 * Makes the kernel kill this process when its parent dies. Call it again after each change of user, which undoes it (prctl(2)).
 * false: the parent is already dead. Without the addon, or if the kernel refuses (in a sandbox), this process learns of its
 * parent's death only by the end of its channel.
 */
export function dieWithParent(parentPid: number, log: { warn(fields: object, message: string): void }): boolean {
  const refusal = deathSignalRefusal();
  if (refusal !== undefined && addonProblem() === undefined)
    log.warn({ cause: refusal }, "could not tie this process to its parent: it exits when its channel closes");
  // If the parent died before prctl(), the kernel sends no signal.
  return process.ppid === parentPid;
}

/** Asks the kernel to kill this process when its parent dies. Returns why it cannot; undefined: success. */
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
