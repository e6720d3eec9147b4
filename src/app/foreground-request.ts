const key = Symbol.for("bullmq-forker.foreground");
const shared = globalThis as { [key]?: true };

/** Called before the API imports the entrypoint, which then runs nothing by itself: see run-main.ts. */
export function requestForeground(): void {
  Object.defineProperty(shared, key, { value: true, configurable: true });
}

export function isForegroundRequested(): boolean {
  return shared[key] === true;
}
