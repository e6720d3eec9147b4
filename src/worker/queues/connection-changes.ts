import type { ConnectionState } from "../../bull/connection/connection-watch.ts";
import { monotonicClock } from "../../clock/monotonic.ts";

/** Calls listeners when a worker's connections are lost and when they are established. */
export class ConnectionChanges {
  readonly #changed: (state: ConnectionState) => void;
  readonly #lost: (() => void)[] = [];
  readonly #connected: (() => void)[] = [];
  #isConnected = false;
  #lostAtMs = -Infinity;

  constructor(changed: (state: ConnectionState) => void) {
    this.#changed = changed;
  }

  now(state: ConnectionState): void {
    this.#changed(state);
    const wasConnected = this.#isConnected;
    this.#isConnected = state.connected;
    if (!state.connected || !wasConnected) this.#lostAtMs = monotonicClock.now();
    if (!state.connected && wasConnected) for (const listener of this.#lost) listener();
    if (state.connected && !wasConnected) for (const listener of this.#connected) listener();
  }

  whenLost(listener: () => void): void {
    this.#lost.push(listener);
  }

  /** Calls the listener at once if the connections are established, and after each reconnect. */
  whenConnected(listener: () => void): void {
    this.#connected.push(listener);
    if (this.#isConnected) listener();
  }

  /** Whether a connection was lost or missing at this monotonic instant or later. */
  lostSince(instantMs: number): boolean {
    return this.#lostAtMs >= instantMs;
  }
}
