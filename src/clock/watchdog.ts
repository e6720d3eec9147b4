export interface Watchdog {
  stop(): void;
}

/**
 * Calls `late` after this time, unless it is stopped. libuv runs timers before it polls sockets: a reply that arrived while the event
 * loop was blocked, or the process was stopped, is read first, and may stop the watchdog.
 */
export function startWatchdog(timeoutMs: number, late: () => void): Watchdog {
  let isStopped = false;
  const timer = setTimeout(() => {
    setImmediate(() => {
      if (!isStopped) late();
    });
  }, timeoutMs);
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

const ticks = 10;

/**
 * The same for work of several steps, such as commands that follow each other: a time in which the event loop was blocked counts as a
 * tenth of the timeout at most, because the work could not go on.
 */
export function startPatientWatchdog(timeoutMs: number, late: () => void): Watchdog {
  let passed = 0;
  const next = (): Watchdog =>
    startWatchdog(timeoutMs / ticks, () => {
      passed += 1;
      if (passed === ticks) late();
      else current = next();
    });
  let current = next();
  return { stop: () => current.stop() };
}
