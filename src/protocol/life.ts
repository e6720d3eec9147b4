import { createHash, randomBytes } from "node:crypto";

/**
 * One run of init, from its start to its end: HOST-NUMBERS, eight hexadecimal digits each. The tokens of all locks of its
 * workers begin with it. Who finds a token with the host's digits and other numbers has met a life that was here before, or
 * one beside it.
 */
export type Life = string;

const hostDigits = 8;

export function newLife(hostname: string): Life {
  return `${hostOf(hostname)}-${randomBytes(hostDigits / 2).toString("hex")}`;
}

/** What all lives on the host of this one begin with. */
export function livesBeside(life: Life): string {
  return life.slice(0, hostDigits + 1);
}

/** What the owner of a lock is called by, and its lock's tokens begin with. */
export function newOwner(life: Life | undefined): string {
  const numbers = randomBytes(16).toString("hex");
  return life === undefined ? numbers : `${life}-${numbers}`;
}

/** undefined: no owner that newOwner() made of a life. */
export function lifeOf(owner: string): Life | undefined {
  return /^([0-9a-f]{8}-[0-9a-f]{8})-[0-9a-z]+$/.exec(owner)?.[1];
}

function hostOf(hostname: string): string {
  return createHash("sha256").update(hostname).digest("hex").slice(0, hostDigits);
}
