import type { Lane } from "../../bull/worker/lane.ts";
import type { NotTakingReason } from "../../protocol/messages.ts";
import type { Fetches } from "../jobs/fetches.ts";
import type { FetchMode } from "../orders/mode.ts";
import { whyNotTaking } from "./may-take.ts";
import { Places } from "./places.ts";
import { SuspectIsolation } from "./suspect-isolation.ts";

export interface AdmissionParts {
  /** undefined: each lane has a limit of its own. */
  readonly concurrency: number | undefined;
  readonly fetches: Fetches;
  /** Called when the reason to take no job changes; undefined: the worker takes the next one. */
  readonly judged?: (reason: NotTakingReason | undefined) => void;
}

/** Decides whether a worker takes a job now, and whether a job that it has taken may start. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #isolation = new SuspectIsolation();
  #fetchMode: FetchMode = "none";
  #isPaused = false;
  #hasEnded = false;
  readonly #places: Places;
  #queues = 0;
  #reason: NotTakingReason | undefined = "mode";

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#places = new Places(parts.concurrency);
  }

  /** The number of jobs that run or are being fetched. */
  get running(): number {
    return this.#places.running;
  }

  /** Whether the place of a job of this lane that ends may take another job. */
  mayFollow(lane: Lane): boolean {
    return (this.#reason === undefined || this.#reason === "full") && this.#places.mayFollow(lane);
  }

  /** Whether a job of any lane may be taken. */
  get canTake(): boolean {
    return this.#reason === undefined && this.#places.hasRoomForAny();
  }

  canTakeFrom(lane: Lane): boolean {
    return this.#reason === undefined && this.#places.hasRoom(lane);
  }

  /** The lanes from which a job may be taken, in the same order. */
  open(lanes: readonly Lane[]): readonly Lane[] {
    return this.#reason === undefined ? this.#places.withRoom(lanes) : [];
  }

  /** Whether a job of this lane runs or is being fetched. */
  isBusy(lane: Lane): boolean {
    return this.#places.isBusy(lane);
  }

  /** Whether the lane competes with others for places. */
  isShared(lane: Lane): boolean {
    return this.#places.isShared(lane);
  }

  setLanes(lanes: readonly Lane[]): void {
    this.#queues = lanes.length;
    this.#places.setLanes(lanes);
    this.#judge();
  }

  setFetchMode(fetchMode: FetchMode): void {
    this.#fetchMode = fetchMode;
    this.#judge();
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#judge();
  }

  end(): void {
    this.#hasEnded = true;
    this.#judge();
  }

  entered(lane: Lane): void {
    this.#places.entered(lane);
  }

  jobEnded(lane: Lane): void {
    this.#places.left(lane);
    this.#isolation.jobEnded(this.running);
    this.#judge();
  }

  /** Whether a job that was just taken may start. */
  admits(isSuspect: boolean): boolean {
    const isWanted = this.#fetchMode !== "none" && !this.#isPaused;
    const isAdmitted = isWanted && this.#isolation.admits(isSuspect, this.running);
    this.#judge();
    return isAdmitted;
  }

  /**
   * Called after each change of what the reason depends on. A place that waits for a reply of Redis counts as free: if Redis
   * never answers, init must notice.
   */
  #judge(): void {
    const { fetches, judged } = this.#parts;
    const reason = whyNotTaking({
      isTakingMode: this.#fetchMode === "take" && !this.#hasEnded,
      isStoppingJobs: this.#isPaused,
      isolation: this.#isolation.state,
      queues: this.#queues,
      hasRoom: this.#places.hasRoomForAny(fetches.size),
    });
    if (reason === this.#reason) return;
    this.#reason = reason;
    judged?.(reason);
  }
}
