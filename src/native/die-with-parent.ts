import { addonProblem, native } from "./binding.ts";

const SIGKILL = 9;

/**
 * The end of the parent is our end from now on; to be called again after each change of user, which undoes it (prctl(2)).
 * False: it is dead already. Without the addon, the end of our channel is all that tells of its death.
 */
export function dieWithParent(parentPid: number): boolean {
  if (addonProblem() === undefined) native().setParentDeathSignal(SIGKILL);
  // It may have died before the kernel was told: then nobody would tell us.
  return process.ppid === parentPid;
}
