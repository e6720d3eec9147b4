import type { Logger } from "pino";
import type { Application, JobProcessor } from "../../app/application.ts";
import { warnOfIgnoredOptions } from "../../app/ignored-options.ts";
import { isPlacedBy, type JobsRedis } from "../../app/required-place.ts";
import type { AdoptedWorker } from "../../bull/adoption/adopted-worker.ts";
import { type AttachParts, attachWorkers } from "../../bull/adoption/attach-workers.ts";
import type { Lane } from "../../bull/worker/lane.ts";

export interface AdoptedLanesParts extends Omit<AttachParts, "isHere" | "attached"> {
  readonly application: Application;
  readonly log: Logger;
  readonly redis: JobsRedis;
}

/** The lanes that use Workers of the application's own. */
export class AdoptedLanes {
  readonly #application: Application;
  readonly #workers = new Map<Lane, AdoptedWorker>();

  /** Connects these Workers, whether a lane uses them or not. */
  constructor({ application, redis, log, ...parts }: AdoptedLanesParts) {
    this.#application = application;
    const { adopted } = application;
    const attached = (one: AdoptedWorker) => warnOfIgnoredOptions([one], log);
    if (adopted !== undefined) attachWorkers(adopted, { ...parts, isHere: isPlacedBy(redis), attached });
  }

  /**
   * What processes the jobs of a lane. A lane keeps the Worker that it was made with: the application may close it, and create
   * another one, while the lane still has a job, which BullMQ's Worker would run too.
   */
  readonly processorOf = (lane: Lane): JobProcessor | undefined => {
    const one = this.#workers.get(lane);
    if (one === undefined) return this.#application.processorFor(lane.queue);
    return (job, token, signal) => one.perform(job, token, signal);
  };

  /** The signal that cancelJob() of the application's own Worker aborts. */
  cancelOf(lane: Lane, token: string): AbortSignal | undefined {
    return this.#workers.get(lane)?.takeCancel(token);
  }

  /** Whether forker emits this event of a Worker. The application's own Workers emit those of close() when they are closed. */
  mayEmit(lane: Lane, event: string): boolean {
    return !(event === "closed" || event === "closing") || !this.#workers.has(lane);
  }

  /** Called with each new lane. `isBusy`: whether a job of it runs or is being fetched. */
  made(lane: Lane, isBusy: (lane: Lane) => boolean): Lane {
    const worker = this.#application.adopted?.forQueue(lane.queue);
    if (worker === undefined) return lane;
    this.#workers.set(lane, worker);
    worker.usedBy(() => isBusy(lane));
    return lane;
  }

  /** Called when a job of the lane has ended. */
  readonly left = (lane: Lane): void => this.#workers.get(lane)?.jobEnded();

  /** See AdoptedWorkers. */
  async endByHand(): Promise<void> {
    await this.#application.adopted?.endByHand();
  }

  /** Calls the listener when Workers are created, run, paused, resumed or closed, or change their concurrency. */
  onChange(listener: () => void): void {
    this.#application.adopted?.onChange(listener);
  }
}
