import type { UserRequest } from "./settings.ts";

/** `name|uid[:group|gid]`, without checking that they exist. undefined: not in this form. */
export function parseUserRequest(text: string): UserRequest | undefined {
  const [user, group, ...rest] = text.trim().split(":");
  if (user === undefined || rest.length > 0) return undefined;
  const account = parseAccount(user);
  if (account === undefined) return undefined;
  if (group === undefined) return { user: account, group: undefined };
  const groupAccount = parseAccount(group);
  return groupAccount === undefined ? undefined : { user: account, group: groupAccount };
}

/** 2^32 - 1 is -1 to setuid(2): "leave as it is". */
export const maximumId = 2 ** 32 - 2;

function parseAccount(text: string): string | number | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= maximumId ? Number(text) : undefined;
  return /^[^\s:,/-][^\s:,/]*$/.test(text) ? text : undefined;
}
