import { readFileSync } from "node:fs";

/** The relevant ones of capabilities(7), with their bits. */
const capabilityBits = { KILL: 5, SETGID: 6, SETUID: 7 } as const;

export type Capability = keyof typeof capabilityBits;

/** The user, groups and rights of a process or of one of its threads. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, ascending. */
  readonly groups: readonly number[];
  readonly capabilities: ReadonlySet<Capability>;
  readonly noNewPrivileges: boolean;
}

export function readCredentials(file = "/proc/self/status"): Credentials {
  return parseCredentials(readFileSync(file, "utf8"));
}

/** From the content of /proc/PID/status. Uid and Gid: real, effective, saved, file system; the effective one decides. */
export function parseCredentials(status: string): Credentials {
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  const numbers = (name: string) => field(name).split(/\s+/).filter(Boolean).map(Number);
  const effective = BigInt(`0x${field("CapEff") || "0"}`);
  const isEffective = (name: Capability) => ((effective >> BigInt(capabilityBits[name])) & 1n) === 1n;
  return {
    uid: numbers("Uid")[1] as number,
    gid: numbers("Gid")[1] as number,
    groups: numbers("Groups").sort((a, b) => a - b),
    capabilities: new Set((Object.keys(capabilityBits) as Capability[]).filter(isEffective)),
    noNewPrivileges: field("NoNewPrivs") === "1",
  };
}

/** Whether all ids of a thread are this user's: real, effective, saved and file system. From its status file. */
export function isWholly(status: string, uid: number, gid: number, groups: readonly number[]): boolean {
  const numbers = (name: string) =>
    new RegExp(`^${name}:(.*)$`, "m").exec(status)?.[1]?.trim().split(/\s+/).map(Number);
  const isAll = (name: string, id: number) => numbers(name)?.every((one) => one === id) === true;
  const actual = parseCredentials(status).groups;
  const wanted = [...new Set(groups)].sort((a, b) => a - b);
  return isAll("Uid", uid) && isAll("Gid", gid) && actual.join() === wanted.join();
}

/** Whether a thread has, or can acquire, any capability. From its status file. */
export function hasCapabilities(status: string): boolean {
  return /^Cap(Eff|Prm|Amb):[ \t]*0*[1-9a-f]/m.test(status);
}
