import { setTimeout as pause } from "node:timers/promises";

/** Asks repeatedly until the answer is not undefined. */
export async function until(what, timeoutMs, everyMs, look) {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: timed out after ${timeoutMs / 1000} s`);
    await pause(everyMs);
  }
}

export async function within(what, timeoutMs, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: timed out after ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
