import type { Markers } from "../../bull/keys/markers.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { startPatientWatchdog } from "../../clock/watchdog.ts";
import type { WorkerStartOptions } from "../../protocol/worker-start-options.ts";

/** The longest time between two runs. Lanes whose drainDelay or stalledInterval is shorter shorten it. */
const longestPauseMs = 5_000;
/** Runs do not follow each other more closely than this. */
const shortestPauseMs = 250;
/** A run is a little early or late. */
const slackMs = 50;
/** Time for all workers to reacquire their locks after an outage; they reconnect within a second of each other. */
const stalledAfterOutageMs = 5_000;
/** Without a limit, a run that hangs would be the last. */
const lookTimeoutMs = 10_000;

export interface MaintenanceParts {
  readonly markers: Pick<Markers, "restore">;
  readonly options: Pick<WorkerStartOptions, "stalledAfterMs">;
  readonly lanes: () => readonly Lane[];
  readonly connected: () => boolean;
  /** Only a worker that takes jobs runs the stalled check. */
  readonly taking: () => boolean;
  /** Reacquires expired locks and hands back undelivered jobs, before the stalled check can find either. */
  readonly lookAfterOwn: (lanes: readonly Lane[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/**
 * What every worker does for its queues every few seconds: it restores lost markers, and returns jobs of dead workers and of
 * lost connections.
 */
export class Maintenance {
  readonly #parts: MaintenanceParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  /** No stalled check before this time. */
  #stalledFromMs: number;
  readonly #restoredAtMs = new WeakMap<Lane, number>();
  readonly #stalledAtMs = new WeakMap<Lane, number>();

  constructor(parts: MaintenanceParts) {
    this.#parts = parts;
    this.#stalledFromMs = performance.now() + parts.options.stalledAfterMs;
    this.#schedule(0);
  }

  /** Called after a reconnect: looks at once for what was lost with the connection. */
  reconnected(): Promise<void> {
    this.#stalledFromMs = Math.max(this.#stalledFromMs, performance.now() + stalledAfterOutageMs);
    return this.now();
  }

  /** Looks at all lanes. Resolves when the run has ended. */
  now(): Promise<void> {
    return this.#run(() => true);
  }

  #run(isDue: (lane: Lane) => boolean): Promise<void> {
    this.#running = this.#running
      .then(() => this.#withTimeout(isDue))
      .catch((cause: unknown) => this.#refused(cause))
      .finally(() => this.#scheduleNext());
    return this.#running;
  }

  /**
   * Redis also refuses the renewal of locks, and the ends of jobs whose locks then expire. Their workers retry within a second of the
   * end of the refusals, which may come right before the next run.
   */
  #refused(cause: unknown): void {
    this.#stalledFromMs = Math.max(this.#stalledFromMs, performance.now() + longestPauseMs + stalledAfterOutageMs);
    this.#parts.failed(cause);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * The pause begins with the end of any run, also of one that a reconnect caused: a run that came earlier would find nothing due, and
   * lost markers would wait for the one after it.
   */
  #scheduleNext(): void {
    // Jitter prevents workers that were forked together from running this together.
    if (this.#timer !== undefined) this.#schedule(this.#pauseMs() * (0.9 + Math.random() / 5));
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run((lane) => this.#isDue(lane)), delayMs);
  }

  #pauseMs(): number {
    const wanted = this.#parts.lanes().map(({ traits }) => traits.maintenanceMs);
    return Math.max(shortestPauseMs, Math.min(longestPauseMs, ...wanted));
  }

  /** Whether nothing has been restored in the lane for as long as its drainDelay. */
  #isDue(lane: Lane): boolean {
    const pauseMs = lane.traits.drainDelayMs - longestPauseMs / 10 - slackMs;
    return performance.now() - (this.#restoredAtMs.get(lane) ?? -Infinity) >= pauseMs;
  }

  #isStalledCheckDue(lane: Lane): boolean {
    const { stalledIntervalMs } = lane.traits;
    if (stalledIntervalMs === undefined) return false;
    return performance.now() - (this.#stalledAtMs.get(lane) ?? -Infinity) >= stalledIntervalMs - slackMs;
  }

  async #withTimeout(isDue: (lane: Lane) => boolean): Promise<void> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<"late">();
    // Without an AbortController: its code would be a part of what an idle worker costs.
    const watchdog = startPatientWatchdog(lookTimeoutMs, () => giveUp("late"));
    try {
      // While Redis is unavailable, the run waits for its reply, and another run follows the reconnect.
      if ((await Promise.race([this.#once(isDue), late])) === "late" && this.#parts.connected())
        throw new Error(`no reply from Redis to maintenance within ${lookTimeoutMs / 1_000} s`);
    } finally {
      watchdog.stop();
    }
  }

  async #once(isDue: (lane: Lane) => boolean): Promise<void> {
    const { markers, lanes, connected, taking, lookAfterOwn, failed } = this.#parts;
    if (!connected()) return;
    const checks = taking() && performance.now() >= this.#stalledFromMs;
    const due = lanes().filter((lane) => isDue(lane) || (checks && this.#isStalledCheckDue(lane)));
    if (due.length === 0) return;
    const active = await markers.restore(due.map((lane) => lane.keys));
    for (const lane of due) this.#restoredAtMs.set(lane, performance.now());
    const busy = due.filter((lane) => active.has(lane.keys.active));
    // Redis may refuse one job for good, and the stalled check must go on for the others.
    await lookAfterOwn(busy).catch(failed);
    if (!taking() || performance.now() < this.#stalledFromMs) return;
    for (const lane of due.filter((one) => this.#isStalledCheckDue(one))) {
      this.#stalledAtMs.set(lane, performance.now());
      if (busy.includes(lane)) await lane.checkStalled();
    }
  }
}
