/** The promise's outcome, or an error that says what the test waited for. */
export async function within<Value>(timeoutMs: number, what: () => string, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms waiting for ${what()}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The longer a test has waited, the less a moment matters, and the more questions there have been. */
const shareOfWait = 1 / 20;
const longestGapMs = 25;

/** Asks repeatedly, at short intervals, until the answer is not undefined or false. */
export async function eventually<Value>(
  timeoutMs: number,
  what: string,
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  shortestGapMs = 5,
): Promise<Value> {
  const began = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const waitedMs = performance.now() - began;
    if (waitedMs > timeoutMs) throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`);
    const gapMs = Math.max(shortestGapMs, Math.min(longestGapMs, waitedMs * shareOfWait));
    await new Promise((resolve) => setTimeout(resolve, gapMs));
  }
}
