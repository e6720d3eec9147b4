import { inspect } from "node:util";

/** The first line of what was thrown, which may be any value, also one for which String() throws. */
export function reasonOf(cause: unknown): string {
  return textOf(cause).split("\n")[0] ?? "";
}

function textOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message || cause.name;
  return typeof cause === "string" ? cause : inspect(cause);
}
