import { readFileSync } from "node:fs";

/** The rules of docs/REDIS.md for a user, after `ACL SETUSER`: its name, and what it may do. */
export function documentedRules(password: string): [string, ...string[]] {
  const text = /ACL SETUSER (forker [^]*?)(?=```)/.exec(readFileSync("docs/REDIS.md", "utf8"))?.[1] ?? "";
  const rules = text.trim().split(/[\s\\]+/);
  if (rules.length < 50) throw new Error(`docs/REDIS.md has only ${rules.length} rules`);
  return rules.map((rule) => (rule === ">secret" ? `>${password}` : rule)) as [string, ...string[]];
}
