import type { CommandClient } from "../bull/connection/new-client.ts";
import { HeldLocks } from "../bull/keys/held-locks.ts";
import type { Markers } from "../bull/keys/markers.ts";
import { repairParent } from "../bull/keys/mend-parent.ts";
import { warnOfCopyOnce } from "../bull/library/copies.ts";
import { jobKey } from "../bull/library/key-layout.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { traceContext } from "../bull/worker/trace-context.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { ConsumerParts } from "./consumer-parts.ts";
import { ExpiredLocks } from "./jobs/expired-locks.ts";
import type { Fetches } from "./jobs/fetches.ts";
import type { HeldJob } from "./jobs/held-job.ts";
import { JobEnds } from "./jobs/job-ends.ts";
import { JobMover, type JobMoverParts } from "./jobs/job-mover.ts";
import { JobRunner } from "./jobs/job-runner.ts";
import { UndeliveredJobs } from "./jobs/undelivered-jobs.ts";
import { AdoptedLanes } from "./queues/adopted-lanes.ts";
import type { ConnectionChanges } from "./queues/connection-changes.ts";
import { killJudge } from "./runners/judge-kill.ts";
import { RunnerPool } from "./runners/runner-pool.ts";
import { WaitingMarks } from "./runners/waiting-marks.ts";

export interface RunningJobsParts {
  readonly consumer: ConsumerParts;
  readonly bull: Bull;
  readonly client: CommandClient;
  readonly markers: Markers;
  readonly fetches: Fetches;
  readonly changes: ConnectionChanges;
  /** See JobRunnerParts. */
  readonly beforeFinish: (lane: Lane) => Promise<void> | undefined;
  /** Called when Redis has refused a command. */
  readonly failed: (error: unknown) => void;
}

/** The parts of a worker that run its jobs, here or in runners, and look after their locks and their ends. */
export interface RunningJobs {
  readonly runner: JobRunner;
  readonly runners: RunnerPool;
  readonly adopted: AdoptedLanes;
  readonly ends: JobEnds;
  readonly expiredLocks: ExpiredLocks;
  readonly undelivered: UndeliveredJobs;
  readonly isIsolated: (lane: Lane) => boolean;
}

export function openRunningJobs(parts: RunningJobsParts): RunningJobs {
  const { bull, client, markers, fetches, changes } = parts;
  const { application, redis, held, log, lockOwner, ...consumer } = parts.consumer;
  const locks = new HeldLocks(client);
  const expiredLocks = new ExpiredLocks({ held, locks, log });
  const ends = new JobEnds({ bull, application, held, log, passOn: (report) => parts.consumer.passOnEnd(report) });
  const undelivered = new UndeliveredJobs({ bull, lockOwner, held, ends, locks, markers, log, fetches });
  changes.whenLost(() => undelivered.connectionLost());

  const adopted = new AdoptedLanes({ application, redis, bull, client, lockOwner, log });
  const { isolation } = application;
  const marks = new WaitingMarks({ locks, failed: parts.failed });
  const runners = new RunnerPool({
    bull,
    log,
    tellInit: consumer.tellInit,
    edges: consumer.runnerEdges,
    limitsOf: isolation.limitsOf,
    waits: (one) => {
      held.waitsForRunner(one);
      marks.waits(one);
    },
    starts: (one) => {
      held.starts(one);
      marks.waitsNoLonger(one);
    },
    stopAsked: (one) => parts.consumer.stopAsked(one),
    judgeKill: killJudge({ bull, application, locks, held, log }),
  });
  const isIsolated = onceForEach(({ queue }) => consumer.isolates && isolation.isIsolated(queue));
  const inRunner = (one: HeldJob) => {
    const trace = traceContext(application.optionsFor(one.lane.queue).telemetry);
    return runners.perform(one, { trace, cancel: adopted.cancelOf(one.lane, one.token) });
  };
  const wake = async (lane: Lane) => await markers.mark(lane.keys.marker).catch(parts.failed);
  const movers: JobMoverParts = {
    log,
    warnings: new ThrottledWarnings(log),
    fateOf: (...asked) => expiredLocks.fateOf(...asked),
    connectionLostSince: (instantMs) => changes.lostSince(instantMs),
    now: () => monotonicClock.now(),
    wake,
  };
  const runner = new JobRunner({
    bull,
    application,
    held,
    ends,
    log,
    processorOf: adopted.processorOf,
    isolated: (lane) => (isIsolated(lane) ? inRunner : undefined),
    mover: (one) => new JobMover(one, movers),
    now: () => monotonicClock.now(),
    beforeFinish: parts.beforeFinish,
    tookStalled: (job) => parts.consumer.tookStalled(job),
    ended: (one) => marks.waitsNoLonger(one),
    lookAfterLocks: () => void expiredLocks.reacquireAll(),
    foundCopy: warnOfCopyOnce(bull, application.path, log),
    repairParent: (lane, job) => repairParent(client, jobKey(lane.keys, job.id ?? "")),
    wake,
  });
  return { runner, runners, adopted, ends, expiredLocks, undelivered, isIsolated };
}

/** Each job asks, and the answer for a lane never changes. */
function onceForEach(answer: (lane: Lane) => boolean): (lane: Lane) => boolean {
  const known = new WeakMap<Lane, boolean>();
  return (lane) => {
    const given = known.get(lane) ?? answer(lane);
    known.set(lane, given);
    return given;
  };
}
