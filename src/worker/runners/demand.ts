import type { Logger } from "pino";
import { IdleTimer } from "./idle-timer.ts";
import { type RunnerJobs, runnersWanted } from "./runners-wanted.ts";
import { ShortageWatch } from "./shortage-watch.ts";

/** After this time without an isolated job, one waiting runner is left. */
const idleMs = 60_000;
/** After this time without one, the last few missing runners are forked, too: a burst may be next. */
const restMs = 100;

export interface DemandParts {
  readonly log: Logger;
  readonly jobs: () => RunnerJobs;
  /** isUrgent: to be forked now, even if few are missing. */
  readonly tellInit: (waiting: number, isUrgent: boolean) => void;
  /** Lets all waiting runners go but this many. */
  readonly release: (kept: number) => void;
  readonly isMemoryShort: () => boolean;
}

/** How many runners should wait for jobs, by the jobs, by how long there was none, and by the memory that is left. */
export class Demand {
  readonly #parts: DemandParts;
  readonly #idle: IdleTimer;
  readonly #rest: IdleTimer;
  readonly #shortage: ShortageWatch;
  #requested = { wanted: 0, isUrgent: false };

  constructor(parts: DemandParts) {
    this.#parts = parts;
    const changed = () => {
      this.update();
      this.release();
    };
    const hasJobs = () => parts.jobs().running > 0;
    this.#idle = new IdleTimer({ afterMs: idleMs, hasJobs, idle: changed });
    this.#rest = new IdleTimer({ afterMs: restMs, hasJobs, idle: changed });
    this.#shortage = new ShortageWatch(() => {
      if (this.#shortage.isShort) parts.log.info("releasing waiting runners: memory is short");
      changed();
    }, parts.isMemoryShort);
  }

  /** There are isolated jobs. */
  begin(): void {
    this.#shortage.start();
  }

  noteUse(): void {
    this.#idle.noteUse();
    this.#rest.noteUse();
  }

  update(): void {
    const jobs = this.#parts.jobs();
    const isUrgent = jobs.queued > 0 || this.#rest.isIdle;
    const wanted = runnersWanted({
      ...jobs,
      isIdle: this.#idle.isIdle,
      isShort: this.#shortage.isShort,
    });
    if (wanted === this.#requested.wanted && isUrgent === this.#requested.isUrgent) return;
    this.#requested = { wanted, isUrgent };
    this.#parts.tellInit(wanted, isUrgent);
  }

  /** Lets the runners go that an idle worker does not need, or that the container has no memory for. */
  release(): void {
    if (this.#shortage.isShort) this.#parts.release(0);
    else if (this.#idle.isIdle) this.#parts.release(1);
  }

  stop(): void {
    this.#idle.stop();
    this.#rest.stop();
    this.#shortage.stop();
  }
}
