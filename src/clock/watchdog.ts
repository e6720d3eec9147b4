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
