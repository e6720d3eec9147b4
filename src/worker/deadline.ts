/** Aborts its signal after the time, or sooner when told. */
export function deadline(timeoutMs: number): AbortController {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  controller.signal.addEventListener("abort", () => clearTimeout(timer));
  return controller;
}

export async function passed(late: AbortSignal): Promise<void> {
  if (late.aborted) return;
  await new Promise((resolve) => late.addEventListener("abort", resolve, { once: true }));
}

/** Resolves with the work's end, or when the time is over: then the work goes on unattended. */
export async function inTime(timeoutMs: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = deadline(timeoutMs);
  try {
    await Promise.race([work, passed(late.signal)]);
  } finally {
    late.abort();
  }
}
