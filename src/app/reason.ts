/** The first line of what was thrown, which may be anything. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return text.split("\n")[0] ?? "";
}
