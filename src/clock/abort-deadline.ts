/** Aborts its signal after the time, or sooner when told. */
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

/** Resolves with the work's end, or when the time is over: then the work goes on unattended. */
export async function withTimeout(timeoutMs: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = abortAfter(timeoutMs);
  try {
    await Promise.race([work, whenAborted(late.signal)]);
  } finally {
    late.abort();
  }
}
