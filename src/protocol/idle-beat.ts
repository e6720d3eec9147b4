const shortestMs = 1_000;
const longestMs = 4_000;
/** Of the time that init leaves an event loop which does not turn. */
const share = 1 / 15;

/**
 * How often a worker without a job shows on its row that its event loop turns: each time wakes it up. The worker and init agree on
 * it. `stuckTimeoutMs`: FORKER_STUCK_TIMEOUT, 0 for never.
 */
export function idleBeatMs(stuckTimeoutMs: number): number {
  if (stuckTimeoutMs === 0) return longestMs;
  return Math.min(longestMs, Math.max(shortestMs, stuckTimeoutMs * share));
}
