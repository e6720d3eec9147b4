import { readdirSync, readFileSync } from "node:fs";
import { ForkerError } from "../exit/forker-error.ts";
import { addonProblem, native } from "../native/binding.ts";
import type { DropPlan } from "./decide.ts";
import { hasCapabilities, isWholly, readIdentity } from "./identity.ts";

/**
 * Becomes another user for good: groups, group, user, in the only order in which the rights for the next step are still
 * there. Node's own calls, because libc makes every thread of the process follow; a bare system call changes one thread.
 * Throws a ForkerError where a step fails, or where the look afterwards finds anything left of what was before.
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
  return readIdentity("/proc/thread-self/status").noNewPrivileges;
}

/** Node has no word for it, and without it a setuid program of the image gives everything back. */
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
      throw failure(plan, `thread ${thread} is still somebody else`);
    if (status !== undefined && plan.uid !== 0 && hasCapabilities(status))
      throw failure(plan, `thread ${thread} still has capabilities`);
  }
  if (plan.uid === 0) return;
  if (canBecomeRoot()) throw failure(plan, "uid 0 can be taken back");
  if (!hasNoNewPrivileges()) throw failure(plan, "no_new_privs is off");
}

/** A thread that ended since the listing. */
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
  return new ForkerError("system", "ERR_FORKER_PRIVILEGES", `could not become ${who}: ${why}`, { cause });
}
