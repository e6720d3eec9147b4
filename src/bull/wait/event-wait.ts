import type { Redis } from "ioredis";
import { startWatchdog } from "../../clock/watchdog.ts";
import { newClient } from "../connection/new-client.ts";
import { reconnectOptions } from "../connection/reconnect.ts";
import type { OneTarget } from "../connection/redis-target.ts";
import type { Bull } from "../library/load-bull.ts";

/** Redis gets this much longer to answer than it was asked to wait. */
const watchdogMs = 1_000;
const leastTimeoutMs = 2;

/** Waits on a separate connection until an event is added to any of some streams. */
export class EventWait {
  readonly #client: Redis;
  #end: (() => void) | undefined;

  constructor(bull: Bull, target: OneTarget) {
    this.#client = newClient(bull, target, {
      connectionName: "forker:keeper",
      enableOfflineQueue: false,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: false,
      // The connection is silent while there are no events.
      socketTimeout: undefined,
      ...reconnectOptions(),
    });
    // The errors of the other connection to the same server are logged.
    this.#client.on("error", () => {});
    this.#client.on("close", () => this.#end?.());
  }

  /**
   * Resolves at the first event that follows the given ones, after the time, or when the wait is interrupted. `streams`: the ids of the latest
   * events by key; `$`: that of now. Rejects if Redis refuses the command; if the connection is lost, the time passes as without events.
   */
  async wait(streams: ReadonlyMap<string, string>, timeoutMs: number): Promise<void> {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.#end = end;
    const watchdog = startWatchdog(timeoutMs + watchdogMs, () => this.#giveUp());
    const idle = this.#client.status === "ready" ? undefined : setTimeout(end, timeoutMs);
    let refusal: Error | undefined;
    try {
      if (idle === undefined)
        this.#read(streams, timeoutMs).then(
          () => end(),
          (cause: Error) => {
            if (cause.name === "ReplyError") refusal = cause;
            end();
          },
        );
      await over;
      if (refusal !== undefined) throw refusal;
    } finally {
      clearTimeout(idle);
      watchdog.stop();
      this.#end = undefined;
    }
  }

  /** The command that is left behind ends after its time, and only then does the next one begin. */
  interrupt(): void {
    this.#end?.();
  }

  close(): void {
    this.#end?.();
    this.#client.disconnect();
  }

  async #read(streams: ReadonlyMap<string, string>, timeoutMs: number): Promise<unknown> {
    const blockMs = Math.max(leastTimeoutMs, Math.ceil(timeoutMs));
    return await this.#client.xread("COUNT", 1, "BLOCK", blockMs, "STREAMS", ...streams.keys(), ...streams.values());
  }

  #giveUp(): void {
    this.#end?.();
    this.#client.disconnect(true);
  }
}
