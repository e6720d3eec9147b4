const unitBytes = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

/** What libuv says where no cgroup limits memory: 0, or more than there could be. */
const unlimitedBytes = 2 ** 53;

/** `512M`, `1.5G`, or `20%` of the container's limit, in bytes. A text: what to do about it. */
export function parseMemory(text: string, limitBytes: number): number | string {
  const match = /^(\d+(?:\.\d+)?)\s*(%|[KMG]i?B?)$/i.exec(text.trim());
  if (match === null) return "units are K, M, G, and %";
  const [, amount, unit = ""] = match;
  if (unit !== "%") {
    const bytes = Math.round(Number(amount) * unitBytes[(unit[0] ?? "K").toUpperCase() as keyof typeof unitBytes]);
    return bytes > 0 ? bytes : "it must be more than nothing";
  }
  if (Number(amount) <= 0 || Number(amount) > 100) return "a percentage is from 1 to 100";
  if (limitBytes <= 0 || limitBytes >= unlimitedBytes) return "this container has no memory limit: write a size";
  return Math.round((limitBytes * Number(amount)) / 100);
}
