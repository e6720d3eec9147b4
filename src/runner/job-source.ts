import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { Application, JobProcessor } from "../app/application.ts";
import { isolatedProcessor } from "../app/isolated-processor.ts";
import { LateRedis } from "../app/late-redis.ts";
import { isPlacedBy } from "../app/required-place.ts";
import { attachWorkers } from "../bull/adoption/attach-workers.ts";
import { lazyClient } from "../bull/connection/new-client.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import type { BullJob } from "../bull/library/bull-types.ts";
import { type Bull, loadBull } from "../bull/library/load-bull.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import type { RunnerLaunchConfig } from "../protocol/launch-config.ts";
import type { WorkerToRunner } from "../protocol/runner-messages.ts";

/** How long an application may take to create a Worker in a runner whose worker has one. */
const workerTimeoutMs = 10_000;
const lookMs = 100;

type Run = Extract<WorkerToRunner, { kind: "run" }>;

/** What the worker's copy of the job must learn. */
export interface JobChanges {
  readonly data?: string;
  readonly isDiscarded?: boolean;
}

export interface RecreatedJob {
  readonly job: BullJob;
  changes(): JobChanges;
}

/** What a runner's connection to Redis needs to know. */
export type SourceSettings = Pick<RunnerLaunchConfig["settings"], "lockDurationMs">;

/** Recreates the job of a runner, whose methods reach Redis through a connection that opens when it is first needed. */
export class JobSource {
  readonly #bull: Bull;
  readonly #application: Application;
  readonly #factory: LaneFactory;
  readonly #owner: { name: string; log: Logger };
  readonly #lanes: Lane[] = [];

  static async open(settings: SourceSettings, application: Application, log: Logger): Promise<JobSource> {
    const { config, path, adopted } = application;
    const bull = await loadBull(path);
    const redis = config.redis instanceof LateRedis ? await config.redis.known : config.redis;
    const owner = { name: "forker:runner", log };
    const client = lazyClient(bull, redisTarget(redis.connection), () => `${owner.name}:${process.pid}`);
    client.on("error", ({ message }: Error) =>
      owner.log.debug({ cause: message }, "a connection of this runner failed"),
    );
    const common = {
      prefix: redis.prefix,
      workerName: "",
      lockDurationMs: settings.lockDurationMs,
      longestLimitMs: Infinity,
    };
    const factory = new LaneFactory(bull, client, common, application.supplyWorker, true);
    if (adopted !== undefined)
      attachWorkers(adopted, { bull, client, lockOwner: "runner", isHere: isPlacedBy(redis), attached: () => {} });
    return new JobSource(bull, application, factory, owner);
  }

  private constructor(
    bull: Bull,
    application: Application,
    factory: LaneFactory,
    owner: { name: string; log: Logger },
  ) {
    this.#bull = bull;
    this.#application = application;
    this.#factory = factory;
    this.#owner = owner;
  }

  /** Whether the template can open it for all runners: it is then shared until they use it. */
  static canOpenAhead({ adopted, config: { redis } }: Application): boolean {
    return adopted === undefined && !(redis instanceof LateRedis) && redisTarget(redis.connection).kind === "one";
  }

  /** Call it before the first job. */
  belongTo(slot: number, log: Logger): void {
    Object.assign(this.#owner, { name: `forker:runner${slot}`, log });
  }

  get api(): Bull["api"] {
    return this.#bull.api;
  }

  /** An application may create its Worker of the queue a while after it continued here. */
  async processorOf(queue: string): Promise<JobProcessor> {
    const { adopted } = this.#application;
    const deadline = performance.now() + workerTimeoutMs;
    for (;;) {
      const found = await isolatedProcessor(this.#application, queue);
      if (found !== undefined) return found;
      if (adopted === undefined || performance.now() > deadline) throw new Error(`no processor for queue ${queue}`);
      const changed = new Promise<void>((resolve) => adopted.onChange(resolve));
      await Promise.race([changed, setTimeout(lookMs)]);
    }
  }

  /** `progressed` is called with each progress that the job has reported. */
  recreate({ queue, job: fields }: Run, progressed: (progress: unknown) => void): RecreatedJob {
    const { optionsFor } = this.#application;
    const handlers = {
      perform: () => Promise.reject(new Error("a runner takes no jobs")),
      completed: () => undefined,
      failed: () => undefined,
      error: () => undefined,
      locksLost: () => undefined,
    };
    const lane = this.#factory.lane(queue, handlers, { options: optionsFor(queue) });
    this.#lanes.push(lane);
    const job = lane.recreate(fields);
    // The listeners are called in the worker.
    const emit = (event: string, ...values: readonly unknown[]) => {
      if (event === "progress") progressed(values[1]);
      else if (event === "error") this.#owner.log.warn({ queue, cause: String(values[0]) }, "BullMQ reported an error");
      return true;
    };
    Object.assign((job as unknown as { queue: object }).queue, { emit });
    const before = JSON.stringify(job.data) as string | undefined;
    return {
      job,
      changes() {
        const data = JSON.stringify(job.data) as string | undefined;
        const { discarded } = job as { discarded?: unknown };
        return {
          ...(data !== undefined && data !== before && { data }),
          ...(discarded === true && { isDiscarded: true }),
        };
      },
    };
  }

  /** Only for a process that continues. */
  async close(): Promise<void> {
    for (const lane of this.#lanes) await lane.close();
  }
}
