import { listenFor, removeOwnListeners, returnListeners } from "../signals/own-listeners.ts";
import { workerSignals } from "../signals/signal-table.ts";

/** Their effect is that of a plain process: they end this one, unless the application listens for them. */
const ending: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT"]);

/**
 * A signal that concerns how a worker takes jobs has no meaning here, and USR1 stops the job: without a listener, Node would open an
 * inspector.
 */
export function listenForSignals(): { onStop(stop: () => void): void } {
  let isAsked = false;
  let stop = () => {
    isAsked = true;
  };
  for (const signal of workerSignals) {
    removeOwnListeners(signal);
    if (!ending.has(signal)) listenFor(signal, () => signal === "SIGUSR1" && stop());
  }
  returnListeners();
  return {
    onStop(next) {
      stop = next;
      if (isAsked) next();
    },
  };
}
