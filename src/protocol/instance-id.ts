import { createHash, randomBytes } from "node:crypto";

/**
 * Identifies an instance, one run of init from its start to its end: HOST-NUMBERS, eight hexadecimal digits each. The tokens of
 * all locks of its workers begin with it. A token with the host's digits and other numbers belongs to another instance on this
 * host: an earlier one, or one that runs at the same time.
 */
export type InstanceId = string;

const hostDigits = 8;

export function newInstanceId(hostname: string): InstanceId {
  return `${hostOf(hostname)}-${randomBytes(hostDigits / 2).toString("hex")}`;
}

/** The prefix of the ids of all instances on the host of this one. */
export function hostPrefixOf(instanceId: InstanceId): string {
  return instanceId.slice(0, hostDigits + 1);
}

/** Creates a lock owner. The tokens of the owner's locks begin with it. */
export function newLockOwner(instanceId: InstanceId | undefined): string {
  const numbers = randomBytes(16).toString("hex");
  return instanceId === undefined ? numbers : `${instanceId}-${numbers}`;
}

/** Returns undefined if newLockOwner() did not create this lock owner for an instance. */
export function instanceIdOf(lockOwner: string): InstanceId | undefined {
  return /^([0-9a-f]{8}-[0-9a-f]{8})-[0-9a-z]+$/.exec(lockOwner)?.[1];
}

function hostOf(hostname: string): string {
  return createHash("sha256").update(hostname).digest("hex").slice(0, hostDigits);
}
