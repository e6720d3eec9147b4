import { readFileSync } from "node:fs";

export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  readonly home: string;
}

interface GroupAccount {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** /etc/passwd and /etc/group of the image: no NSS, no daemon, and in an image from scratch no file. */
export interface Accounts {
  user(nameOrUid: string | number): UserAccount | undefined;
  group(nameOrGid: string | number): GroupAccount | undefined;
  /** The groups that list this user as a member, as initgroups(3) finds them. */
  groupsOf(userName: string): number[];
}

export function readAccounts(): Accounts {
  return parseAccounts(readIfThere("/etc/passwd"), readIfThere("/etc/group"));
}

/** passwd(5) and group(5). Other lines are ignored; of two entries that match, the first counts. */
export function parseAccounts(passwdText: string, groupText: string): Accounts {
  const users = passwdText.split("\n").map(parseUser).filter(isThere);
  const groups = groupText.split("\n").map(parseGroup).filter(isThere);
  return {
    user: (wanted) => users.find((user) => wanted === (typeof wanted === "number" ? user.uid : user.name)),
    group: (wanted) => groups.find((group) => wanted === (typeof wanted === "number" ? group.gid : group.name)),
    groupsOf: (userName) => groups.filter((group) => group.members.includes(userName)).map((group) => group.gid),
  };
}

function parseUser(line: string): UserAccount | undefined {
  const [name, , uid, gid, , home] = line.split(":");
  if (!name || !isId(uid) || !isId(gid)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home: home || "/" };
}

function parseGroup(line: string): GroupAccount | undefined {
  const [name, , gid, members = ""] = line.split(":");
  if (!name || !isId(gid)) return undefined;
  return { name, gid: Number(gid), members: members.split(",").map((member) => member.trim()) };
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

function isThere<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw cause;
  }
}
