const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Node's timers take 31 bits of milliseconds, and fire at once above that; no deadline here needs more than a day. */
export const maximumDurationMs = 24 * unitMs.h;

/** `25`, `25s`, `500ms`, `2m` or `1.5h` in milliseconds. undefined: not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? "s") as keyof typeof unitMs;
  return Math.round(Number(match[1]) * unitMs[unit]);
}

/** The largest unit that gives a whole number: `500ms`, `25s`, `15m`. */
export function formatDuration(durationMs: number): string {
  for (const unit of ["h", "m", "s"] as const) {
    if (durationMs > 0 && durationMs % unitMs[unit] === 0) return `${durationMs / unitMs[unit]}${unit}`;
  }
  return durationMs === 0 ? "0s" : `${durationMs}ms`;
}
