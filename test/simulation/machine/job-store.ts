import type { JobName } from "../../../src/protocol/messages.ts";
import { kernel } from "../time/virtual-time.ts";
import type { Schedule } from "./schedule.ts";
import type { Windows } from "./windows.ts";

/** What a job does to its worker. */
export type JobNature = "good" | "fails" | "deaf" | "blocks" | "poison";

export interface Job {
  readonly id: string;
  readonly nature: JobNature;
  readonly durationMs: number;
  readonly addedAt: number;
  /** When a worker last took it. */
  takenAt: number;
  state: "waiting" | "active" | "completed" | "failed";
  lockOwner: string | undefined;
  lockUntil: number;
  starts: number;
  deaths: number;
  /** When the keeper first reported that it holds it in quarantine. */
  quarantinedAt: number;
  stalls: number;
  /** When it completed or failed. */
  endedAt: number;
}

export const queue = "jobs";
/** BullMQ's maxStalledCount. */
const stallsAtMost = 1;
/** Owns the locks of the jobs in quarantine. */
export const quarantineOwner = "quarantine";

/** The jobs in Redis, as far as init is concerned: which worker holds which, until when. Stands in for BullMQ. */
export class JobStore {
  readonly jobs = new Map<string, Job>();
  readonly waiting: Job[] = [];
  /** Orphaned jobs, whose locks this instance owns. */
  readonly quarantined: Job[] = [];
  readonly #schedule: Schedule;
  readonly #windows: Windows;
  readonly #lockDurationMs: number;
  readonly #takers = new Set<() => void>();
  /** When the first waiting job became the first. */
  headSince = Infinity;
  /** When a worker last took a job. */
  tookAt = -Infinity;

  constructor(schedule: Schedule, windows: Windows, lockDurationMs: number) {
    this.#schedule = schedule;
    this.#windows = windows;
    this.#lockDurationMs = lockDurationMs;
  }

  /** A job that an earlier instance has left. */
  addOrphan(durationMs: number): void {
    const job = this.#create("good", durationMs);
    job.state = "active";
    job.lockOwner = quarantineOwner;
    job.lockUntil = Infinity;
    this.quarantined.push(job);
  }

  /** Releases a job from the quarantine. */
  release(job: Job): void {
    if (job.lockOwner === quarantineOwner) this.#wait(job, "first");
  }

  /** Calls `taker` whenever a job waits. Returns how to end that. */
  onWaiting(taker: () => void): () => void {
    this.#takers.add(taker);
    return () => this.#takers.delete(taker);
  }

  add(nature: JobNature, durationMs: number): Job {
    const job = this.#create(nature, durationMs);
    this.#wait(job, "last");
    return job;
  }

  #create(nature: JobNature, durationMs: number): Job {
    const { now } = this.#schedule.time;
    const id = String(this.jobs.size + 1);
    const fresh = { lockOwner: undefined, lockUntil: 0, starts: 0, deaths: 0, quarantinedAt: Infinity, stalls: 0 };
    const job: Job = {
      id,
      nature,
      durationMs,
      addedAt: now,
      takenAt: now,
      state: "waiting",
      endedAt: Infinity,
      ...fresh,
    };
    this.jobs.set(id, job);
    return job;
  }

  take(lockOwner: string): Job | undefined {
    if (!this.#windows.isRedisUp) return undefined;
    const job = this.waiting.shift();
    if (job === undefined) return undefined;
    this.#headChanged();
    job.state = "active";
    job.lockOwner = lockOwner;
    job.starts += 1;
    job.takenAt = this.#schedule.time.now;
    this.tookAt = job.takenAt;
    job.lockUntil = this.#schedule.time.now + this.#lockDurationMs;
    return job;
  }

  /** False: the lock belongs to somebody else. */
  renew(job: Job, lockOwner: string): boolean {
    if (job.lockOwner !== lockOwner) return false;
    job.lockUntil = this.#schedule.time.now + this.#lockDurationMs;
    return true;
  }

  finish(job: Job, lockOwner: string, how: "completed" | "failed"): boolean {
    if (job.lockOwner !== lockOwner || job.state !== "active") return false;
    job.state = how;
    job.endedAt = this.#schedule.time.now;
    job.lockOwner = undefined;
    return true;
  }

  handBack(job: Job, lockOwner: string): boolean {
    if (job.lockOwner !== lockOwner || job.state !== "active") return false;
    this.#wait(job, "first");
    return true;
  }

  heldBy(lockOwner: string): Job[] {
    return [...this.jobs.values()].filter((job) => job.state === "active" && job.lockOwner === lockOwner);
  }

  /** BullMQ's stalled check, which some worker runs. */
  findStalled(): Job[] {
    const { now } = this.#schedule.time;
    const stalled = [...this.jobs.values()].filter((job) => job.state === "active" && job.lockUntil < now);
    for (const job of stalled) {
      job.stalls += 1;
      if (job.stalls > stallsAtMost) this.finish(job, job.lockOwner ?? "", "failed");
      else this.#wait(job, "last");
    }
    return stalled;
  }

  /** Redis can be reached again. */
  wake(): void {
    if (this.waiting.length > 0) this.#takers.forEach((taker) => taker());
  }

  #wait(job: Job, where: "first" | "last"): void {
    job.state = "waiting";
    job.lockOwner = undefined;
    if (where === "first") this.waiting.unshift(job);
    else this.waiting.push(job);
    if (where === "first" || this.waiting.length === 1) this.#headChanged();
    this.#schedule.time.after(0, kernel, () => this.wake());
  }

  #headChanged(): void {
    this.headSince = this.waiting.length === 0 ? Infinity : this.#schedule.time.now;
  }
}

export function nameOf({ id }: Job): JobName {
  return { queue, id };
}
