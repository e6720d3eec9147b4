import { readdirSync, readFileSync } from "node:fs";
import { ForkerError } from "../exit/forker-error.ts";
import { addonProblem, native } from "../native/binding.ts";
import { hasCapabilities, isWholly, readCredentials } from "./credentials.ts";
import type { DropPlan } from "./decide-privileges.ts";

/**
 * Changes to another user permanently: groups, group, user, the only order in which each step still has the rights that it
 * needs. It uses Node's own calls, because libc changes every thread of the process; a bare system call changes one thread.
 * Throws a ForkerError if a step fails, or if the check afterwards finds any rights that are left.
 */
export function dropPrivileges(plan: DropPlan, environment: NodeJS.ProcessEnv = process.env): void {
  if (process.setgroups === undefined || process.setgid === undefined || process.setuid === undefined)
    throw failure(plan, "this system has no users");
  const obstacle = plan.uid === 0 ? undefined : obstacleToNoNewPrivileges();
  if (obstacle !== undefined) throw failure(plan, obstacle);
  try {
    process.setgroups([...plan.groups]);
    process.setgid(plan.gid);
    process.setuid(plan.uid);
    if (plan.uid !== 0 && !hasNoNewPrivileges()) native().setNoNewPrivileges();
  } catch (cause) {
    throw failure(plan, explain(cause), cause);
  }
  setEnvironment(plan, environment);
  verify(plan);
}

function hasNoNewPrivileges(): boolean {
  return readCredentials("/proc/thread-self/status").noNewPrivileges;
}

/** Node cannot set it, and without it a setuid program of the image can regain every right. */
function obstacleToNoNewPrivileges(): string | undefined {
  const problem = hasNoNewPrivileges() ? undefined : addonProblem();
  if (problem === undefined) return undefined;
  return `no_new_privs cannot be set (${problem}); start the container as that user, or with no-new-privileges`;
}

function setEnvironment(plan: DropPlan, environment: NodeJS.ProcessEnv): void {
  environment["HOME"] = plan.home;
  for (const name of ["USER", "LOGNAME"]) {
    if (plan.name === undefined) delete environment[name];
    else environment[name] = plan.name;
  }
}

function verify(plan: DropPlan): void {
  for (const thread of readdirSync("/proc/self/task")) {
    const status = readIfThere(`/proc/self/task/${thread}/status`);
    if (status !== undefined && !isWholly(status, plan.uid, plan.gid, plan.groups))
      throw failure(plan, `thread ${thread} is still another user`);
    if (status !== undefined && plan.uid !== 0 && hasCapabilities(status))
      throw failure(plan, `thread ${thread} still has capabilities`);
  }
  if (plan.uid === 0) return;
  if (canBecomeRoot()) throw failure(plan, "uid 0 can be regained");
  if (!hasNoNewPrivileges()) throw failure(plan, "no_new_privs is off");
}

/** undefined: the thread has ended since it was listed. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function canBecomeRoot(): boolean {
  const attempts = [() => process.setuid?.(0), () => process.seteuid?.(0)];
  return attempts.some((attempt) => {
    try {
      attempt();
      return true;
    } catch {
      return false;
    }
  });
}

function explain(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "EINVAL") return `${message} (an id that this user namespace does not map?)`;
  return message;
}

function failure({ uid, gid, name }: DropPlan, why: string, cause?: unknown): ForkerError {
  const who = `user ${name ?? uid} (${uid}:${gid})`;
  return new ForkerError("system", "ERR_FORKER_PRIVILEGES", `cannot change to ${who}: ${why}`, { cause });
}
