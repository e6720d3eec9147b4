const unitBytes = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

/** Without a cgroup limit libuv returns 0, or more than any machine has. */
const unlimitedBytes = 2 ** 53;

/** `512M`, `1.5G`, or `20%` of the container's limit, in bytes. A string: what to do about a mistake. */
export function parseMemory(text: string, limitBytes: number): number | string {
  const match = /^(\d+(?:\.\d+)?)\s*(%|[KMG]i?B?)$/i.exec(text.trim());
  if (match === null) return "units are K, M, G, and %";
  const [, amount, unit = ""] = match;
  if (unit !== "%") {
    const bytes = Math.round(Number(amount) * unitBytes[(unit[0] ?? "K").toUpperCase() as keyof typeof unitBytes]);
    return bytes > 0 ? bytes : "write a size above 0";
  }
  if (Number(amount) <= 0 || Number(amount) > 100) return "write a percentage from 1 to 100";
  if (limitBytes <= 0 || limitBytes >= unlimitedBytes) return "this container has no memory limit: write a size";
  return Math.round((limitBytes * Number(amount)) / 100);
}
