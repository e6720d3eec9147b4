import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import { isPlainConnection } from "../bull/connection/redis-target.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { WorkerMessage } from "../protocol/messages.ts";
import { type Consumer, openConsumer } from "./consumer.ts";
import type { HeldJobs } from "./jobs/held-jobs.ts";
import type { JobStopper } from "./jobs/job-stopper.ts";
import { findPlace } from "./queues/jobs-place.ts";
import { LateOptions } from "./report/late-options.ts";
import type { Publisher } from "./report/publisher.ts";
import type { RunnerPoolEdges } from "./runners/runner-pool-edges.ts";

export interface ConsumerStart {
  readonly launch: WorkerLaunchConfig;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly jobStopper: JobStopper;
  readonly publisher: Publisher;
  readonly row: RowWriter | undefined;
  readonly log: Logger;
  readonly send: (message: WorkerMessage) => void;
  /** Called if the application has no Worker yet. */
  readonly waits: () => void;
  readonly isLeaving: () => boolean;
  readonly taking: () => boolean;
  /** Called before the worker takes a job from any of these queues. */
  readonly queuesAre: (names: readonly string[]) => void;
  readonly releaseMemory: () => void;
  readonly runnerEdges: RunnerPoolEdges;
}

/** Opens everything that jobs need. Redis may connect later. undefined: the worker was ordered to end while it waited. */
export async function startConsumer(start: ConsumerStart): Promise<Consumer | undefined> {
  const { launch, application, held, jobStopper, publisher, row, log, send } = start;
  const { engine, generation, options, settings, token: lockOwner } = launch;
  const redis = await findPlace({
    application,
    lockOwner,
    log,
    waits: start.waits,
    report: (place) => send({ kind: "placed", place }),
  });
  if (start.isLeaving()) return undefined;
  const lateOptions = new LateOptions(application, engine);
  return await openConsumer({
    options,
    settings,
    lockOwner,
    application,
    redis,
    held,
    log,
    passOnEnd: (report) => send({ kind: "ended", report }),
    tookStalled: (job) => send({ kind: "stalledTaken", ...job }),
    checksServer: options.slot === 0 && generation === 1 && !isPlainConnection(redis.connection),
    isolates: engine === "fork",
    tellInit: send,
    stopAsked: (job) => void jobStopper.stopHeld(job),
    taking: start.taking,
    onJudged: (reason) => row?.notTaking(reason, monotonicClock.now()),
    onChange: ({ connected }) => (connected ? publisher.now() : publisher.changed()),
    onQueues: (names) => {
      start.queuesAre(names);
      const late = lateOptions.take(names);
      if (late.length > 0) send({ kind: "lateOptions", queueOptions: late });
      publisher.now();
    },
    releaseMemory: start.releaseMemory,
    runnerEdges: start.runnerEdges,
  });
}
