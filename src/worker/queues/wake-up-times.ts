import type { Marker } from "../../bull/wait/blocking-wait.ts";
import type { Lane } from "../../bull/worker/lane.ts";

/** A longer blocking command may hang if its connection breaks unnoticed (taskforcesh/bullmq#1658). */
const longestWaitMs = 10_000;
/** The maintenance of an idle worker finds delayed jobs that are due later than this. */
const soonMs = 10_000;

export interface WaitPlan {
  /** The lanes to wait for. */
  readonly open: readonly Lane[];
  /** The lanes to check now without a marker: a delayed job is due, or a rate limit has ended. */
  readonly ready: readonly Lane[];
  readonly waitMs: number;
}

/** When a worker must wake up without a marker: for delayed jobs whose marker it popped, and for rate limits that it hit. */
export class WakeUpTimes {
  readonly #dueAt = new Map<Lane, number>();
  readonly #limited = new Set<Lane>();

  /** `dueAt`: milliseconds since the epoch, 0 for never. */
  at(lane: Lane, dueAt: number): void {
    if (dueAt > 0) this.#dueAt.set(lane, dueAt);
  }

  keepOnly(lanes: readonly Lane[]): void {
    const kept = new Set(lanes);
    for (const lane of this.#dueAt.keys()) if (!kept.has(lane)) this.#dueAt.delete(lane);
    for (const lane of this.#limited) if (!kept.has(lane)) this.#limited.delete(lane);
  }

  plan(lanes: readonly Lane[], now: number): WaitPlan {
    const open: Lane[] = [];
    const ready: Lane[] = [];
    let until = now + longestWaitMs;
    for (const lane of lanes) {
      if (lane.limitedUntil > now) {
        this.#limited.add(lane);
        until = Math.min(until, lane.limitedUntil);
        continue;
      }
      open.push(lane);
      const dueAt = this.#dueAt.get(lane);
      const due = dueAt !== undefined && dueAt <= now;
      if (this.#limited.delete(lane) || due) ready.push(lane);
      if (due) this.#dueAt.delete(lane);
      else if (dueAt !== undefined) until = Math.min(until, dueAt);
    }
    return { open, ready, waitMs: until - now };
  }

  /** Removes what is due soon in these lanes, and returns the markers that make other workers wake up for it. */
  removeDueSoon(now: number, concerns: (lane: Lane) => boolean = () => true): Marker[] {
    const markers: Marker[] = [];
    for (const [lane, dueAt] of this.#dueAt) {
      if (dueAt > now + soonMs || !concerns(lane)) continue;
      this.#dueAt.delete(lane);
      markers.push({ key: lane.keys.marker, member: "1", score: dueAt });
    }
    return markers;
  }
}
