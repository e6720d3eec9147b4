import { maximumDurationMs, parseDuration } from "./duration.ts";
import { usage } from "./usage.ts";

/** The value of --timeout, in milliseconds. Throws a ForkerError (usage). */
export function timeoutOption(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined && timeoutMs > 0 && timeoutMs <= maximumDurationMs) return timeoutMs;
  const expected = "expected a duration such as 30, 500ms or 2m, over 0 and at most 24h";
  throw usage(`--timeout: ${expected}, got ${JSON.stringify(text)}`);
}
