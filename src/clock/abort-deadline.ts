/** Returns a controller that aborts after the timeout, unless the caller aborts it earlier. */
export function abortAfter(timeoutMs: number): AbortController {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  controller.signal.addEventListener("abort", () => clearTimeout(timer));
  return controller;
}

export async function whenAborted(late: AbortSignal): Promise<void> {
  if (late.aborted) return;
  await new Promise((resolve) => late.addEventListener("abort", resolve, { once: true }));
}

/** Resolves when the work ends or the timeout has passed. The work continues after the timeout. */
export async function withTimeout(timeoutMs: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = abortAfter(timeoutMs);
  try {
    await Promise.race([work, whenAborted(late.signal)]);
  } finally {
    late.abort();
  }
}
