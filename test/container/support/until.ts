import { setTimeout as after } from "node:timers/promises";

/** Asks repeatedly until the answer meets the condition, where no event announces it. Fails with the last answer. */
export async function until<Value>(
  timeoutMs: number,
  what: string,
  ask: () => Promise<Value>,
  wanted: (value: Value) => boolean,
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`${what}: timed out after ${timeoutMs} ms; last seen ${JSON.stringify(value, undefined, 1)}`);
    }
    await after(20);
  }
}
