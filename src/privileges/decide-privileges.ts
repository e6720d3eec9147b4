import type { UserRequest } from "../config/settings.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { Accounts, UserAccount } from "./accounts.ts";
import type { Capability, Credentials } from "./credentials.ts";

/** The user to change to, with the arguments of setgroups(2). */
export interface DropPlan {
  readonly kind: "drop";
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  /** undefined: a uid without an entry in /etc/passwd. */
  readonly name: string | undefined;
}

export type PrivilegePlan = DropPlan | { readonly kind: "keep" };

/** What named the user, for the message. */
export type RequestedBy = "FORKER_USER" | "forker.user()";

/**
 * Whether this process has to change its user, and to which. Every failure that can be foreseen is refused here, before
 * anything changes. No request: keep the user; refuseRoot() decides whether that is allowed.
 */
export function decidePrivileges(
  request: UserRequest | undefined,
  credentials: Credentials,
  accounts: Accounts,
  requestedBy: RequestedBy = "FORKER_USER",
): PrivilegePlan {
  if (request === undefined) return { kind: "keep" };
  const shown = `${requestedBy} ${showRequest(request)}`;
  const wanted = resolve(request, accounts, shown);
  if (credentials.uid === wanted.uid && credentials.uid !== 0) {
    checkGroup(request, wanted.gid, credentials, shown);
    return { kind: "keep" };
  }
  if (wanted.uid === 0 && credentials.uid === 0 && (request.group === undefined || wanted.gid === credentials.gid))
    return { kind: "keep" };
  if (credentials.uid !== 0) throw notRoot(shown, wanted.uid, credentials.uid);
  requireCapabilities(["SETGID", ...(wanted.uid === 0 ? [] : ["SETUID" as const])], credentials, shown);
  return wanted;
}

function showRequest({ user, group }: UserRequest): string {
  return `"${user}${group === undefined ? "" : `:${group}`}"`;
}

function resolve(request: UserRequest, accounts: Accounts, shown: string): DropPlan {
  const account = accounts.user(request.user);
  if (account === undefined && typeof request.user === "string")
    throw noSuch("user", request.user, "/etc/passwd", shown);
  const uid = account?.uid ?? Number(request.user);
  const gid = resolveGroup(request, account, accounts, shown);
  const groups = [gid, ...(account === undefined ? [] : accounts.groupsOf(account.name))];
  return {
    kind: "drop",
    uid,
    gid,
    groups: [...new Set(groups)],
    home: account?.home ?? "/",
    name: account?.name,
  };
}

/** A uid without an entry in /etc/passwd has no primary group to look up. */
function resolveGroup(
  { user, group }: UserRequest,
  account: UserAccount | undefined,
  accounts: Accounts,
  shown: string,
): number {
  if (typeof group === "number") return group;
  if (group !== undefined) {
    const gid = accounts.group(group)?.gid;
    if (gid === undefined) throw noSuch("group", group, "/etc/group", shown);
    return gid;
  }
  if (account !== undefined) return account.gid;
  const advice = `name its group too, as in ${user}:${user}`;
  throw new ForkerError(
    "badConfig",
    "ERR_FORKER_GROUP",
    `${shown}: expected a group, because uid ${user} has no entry in /etc/passwd, got none; ${advice}`,
  );
}

/** For a process that already is that user: it cannot change its group, so another group is an error. */
function checkGroup({ group }: UserRequest, gid: number, credentials: Credentials, shown: string): void {
  if (group === undefined || credentials.gid === gid || credentials.groups.includes(gid)) return;
  const message = `${shown}: expected to be in group ${gid}, got group ${credentials.gid}, which only root can change`;
  throw new ForkerError(
    "otherUser",
    "ERR_FORKER_NOT_ROOT",
    `${message}; start the container with --user :${gid}, or as root`,
  );
}

function noSuch(what: "user" | "group", name: string, file: string, shown: string): ForkerError {
  const message = `${shown}: expected a ${what} in ${file}, got "${name}", which has no entry; create it in the image, or give numbers, as in 1000:1000`;
  return new ForkerError("noUser", what === "user" ? "ERR_FORKER_NO_USER" : "ERR_FORKER_NO_GROUP", message);
}

function notRoot(shown: string, wanted: number, actual: number): ForkerError {
  const advice = "start as root, or set the user of the container (USER, --user, runAsUser) and name none here";
  const message = `${shown}: expected root, which is needed to change to uid ${wanted}, got uid ${actual}; ${advice}`;
  return new ForkerError("otherUser", "ERR_FORKER_NOT_ROOT", message);
}

function requireCapabilities(needed: readonly Capability[], { capabilities }: Credentials, shown: string): void {
  const missing = needed.filter((name) => !capabilities.has(name));
  if (missing.length > 0) throw missingCapabilities(missing, `${shown}: cannot change the user`);
}

function missingCapabilities(missing: readonly Capability[], what: string): ForkerError {
  const advice = `add cap_add: [${missing.join(", ")}] (docker run --cap-add ${missing.join(" --cap-add ")})`;
  const message = `${what}: expected root's capability ${missing.join(" and ")}, got a root without it; ${advice}`;
  return new ForkerError("capability", "ERR_FORKER_CAPABILITY", message);
}

/** Jobs run as root only if somebody asked for it: `named` is what FORKER_USER or forker.user() requested. */
export function refuseRoot(named: UserRequest | undefined, uid: number): void {
  if (uid !== 0 || named !== undefined) return;
  const message =
    "expected a user for the jobs, got root and no FORKER_USER; set FORKER_USER to the user that jobs run as (FORKER_USER=node), or FORKER_USER=root if jobs should run as root";
  throw new ForkerError("rootRefused", "ERR_FORKER_ROOT", message);
}

/** Only a root that has KILL can signal workers of another user (forker.user()): kill(2). */
export function checkSignalCapability(init: Credentials, workerUid: number): void {
  if (workerUid === init.uid || init.capabilities.has("KILL")) return;
  throw missingCapabilities(["KILL"], `init is uid ${init.uid} and cannot signal workers of uid ${workerUid}`);
}
