import type { UserRequest } from "../config/settings.ts";
import type { Logger } from "../log/logger.ts";
import { readAccounts } from "./accounts.ts";
import { readCredentials } from "./credentials.ts";
import { decidePrivileges, type PrivilegePlan, type RequestedBy } from "./decide-privileges.ts";
import { dropPrivileges } from "./drop.ts";

/** What changeUser() would do. Throws the ForkerError that it would throw, and changes nothing. */
export function planUser(request: UserRequest | undefined, requestedBy: RequestedBy = "FORKER_USER"): PrivilegePlan {
  return decidePrivileges(request, readCredentials(), readAccounts(), requestedBy);
}

/** Changes this process to that user permanently; does nothing if it already is that user. Throws a ForkerError. */
export function changeUser(request: UserRequest, log: Logger, requestedBy: RequestedBy = "FORKER_USER"): void {
  const plan = planUser(request, requestedBy);
  if (plan.kind === "keep") {
    log.debug({ uid: process.geteuid?.() }, "kept the user: it is the requested one");
    return;
  }
  dropPrivileges(plan);
  const { uid, gid, groups, name } = plan;
  log.info({ uid, gid, groups }, `changed to user ${name ?? uid}`);
}
