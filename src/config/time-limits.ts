import { formatDuration, maximumDurationMs, parseDuration } from "./duration.ts";
import { bestPattern } from "./queue-pattern.ts";

/** How long the jobs of some queues may take. */
export interface TimeLimit {
  /** A queue's name or a glob. */
  readonly pattern: string;
  /** After it, the job's AbortSignal is aborted. */
  readonly softMs: number;
  /** After it, the job fails in any case. undefined: FORKER_STOP_TIMEOUT after the soft limit. */
  readonly hardMs: number | undefined;
}

/** `pattern soft` or `pattern soft/hard`, separated by `;` or newlines. A string: the end of "expected …, got". */
export function parseTimeLimits(text: string): readonly TimeLimit[] | string {
  const limits: TimeLimit[] = [];
  for (const part of text.split(/[;\n]/)) {
    if (part.trim() === "") continue;
    const [pattern = "", times, ...rest] = part.trim().split(/\s+/);
    if (times === undefined || rest.length > 0)
      return `${JSON.stringify(part.trim())}, which is not a queue and its time`;
    const limit = parseTimes(pattern, times);
    if (typeof limit === "string") return limit;
    if (limits.some((one) => one.pattern === pattern)) return `${pattern} twice`;
    limits.push(limit);
  }
  return limits.length === 0 ? "no queue" : limits;
}

/** The times of one pattern: `5m`, or `5m/6m`. */
export function parseTimes(pattern: string, times: string): TimeLimit | string {
  const [soft, hard, ...rest] = times.split("/");
  const softMs = durationOf(soft);
  const hardMs = hard === undefined ? undefined : durationOf(hard);
  if (softMs === undefined || (hard !== undefined && hardMs === undefined) || rest.length > 0)
    return `${JSON.stringify(times)} for ${pattern}; write 30s or 5m/6m, with times from 100ms to 24h`;
  if (hardMs !== undefined && hardMs < softMs)
    return `for ${pattern} a hard limit of ${formatDuration(hardMs)}, which is before the soft one, ${formatDuration(softMs)}`;
  return { pattern, softMs, hardMs };
}

/** The limit of a queue: by its own name, or else by the matching glob with the most literal characters. */
export function timeLimitOf(limits: readonly TimeLimit[], queue: string): TimeLimit | undefined {
  if (limits.length === 0) return undefined;
  const best = bestPattern(
    limits.map(({ pattern }) => pattern),
    queue,
  );
  return limits.find(({ pattern }) => pattern === best);
}

function durationOf(text: string | undefined): number | undefined {
  const durationMs = text === undefined ? undefined : parseDuration(text);
  return durationMs === undefined || durationMs < 100 || durationMs > maximumDurationMs ? undefined : durationMs;
}
