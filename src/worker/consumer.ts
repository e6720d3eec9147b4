import { hostname } from "node:os";
import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { clientName } from "../bull/connection/client-name.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import { RedisLog } from "../bull/connection/redis-log.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import { findServerProblems } from "../bull/connection/server-info.ts";
import { discoverQueues } from "../bull/keys/discover-queues.ts";
import { HeldLocks } from "../bull/keys/held-locks.ts";
import { Markers } from "../bull/keys/markers.ts";
import { repairParent } from "../bull/keys/mend-parent.ts";
import { jobKey } from "../bull/library/key-layout.ts";
import { loadBull } from "../bull/library/load-bull.ts";
import { openConnections } from "../bull/worker/connections.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { Settings } from "../config/settings.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import { instanceIdOf } from "../protocol/instance-id.ts";
import type { EndReport, InitToWorker, NotTakingReason } from "../protocol/messages.ts";
import type { WorkerStartOptions } from "../protocol/worker-start-options.ts";
import { ExpiredLocks } from "./jobs/expired-locks.ts";
import { Fetches } from "./jobs/fetches.ts";
import type { HeldJobs } from "./jobs/held-jobs.ts";
import { JobEnds } from "./jobs/job-ends.ts";
import { JobMover, type JobMoverParts } from "./jobs/job-mover.ts";
import { JobRunner } from "./jobs/job-runner.ts";
import { UndeliveredJobs } from "./jobs/undelivered-jobs.ts";
import { IdleMemory } from "./memory/idle-memory.ts";
import { MemoryRelease } from "./memory/memory-release.ts";
import { Admission } from "./queues/admission.ts";
import { ConnectionChanges } from "./queues/connection-changes.ts";
import { Dispatcher } from "./queues/dispatcher.ts";
import { HigherLanes } from "./queues/higher-lanes.ts";
import { Maintenance } from "./queues/maintenance.ts";
import { QueueSelection } from "./queues/queue-selection.ts";

type EndedElsewhere = Extract<InitToWorker, { kind: "ended" }>;

export interface ConsumerParts {
  readonly options: WorkerStartOptions;
  readonly settings: Pick<Settings, "lockDurationMs" | "stuckTimeoutMs">;
  /** What the tokens of our locks begin with: init's random numbers, and by them the keeper knows our jobs. */
  readonly lockOwner: string;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly log: Logger;
  /** See JobEndsParts. */
  passOnEnd(report: EndReport): void;
  /** Whether to say what is wrong with the server, as the keeper does where there is one. */
  readonly checksServer: boolean;
  taking(): boolean;
  /** Why it takes no job, or that it takes the next one. */
  onJudged(reason: NotTakingReason | undefined): void;
  onChange(): void;
  /** Before any of them is taken from. */
  onQueues(queues: readonly string[]): void;
}

/** Everything of a worker that talks to Redis, put together. */
export interface Consumer {
  readonly dispatcher: Dispatcher;
  readonly ends: JobEnds;
  /** See JobEnds. */
  endedElsewhere(end: EndedElsewhere, heard: (number: number) => void): void;
  readonly state: ConnectionState;
  /** Hands back what Redis has given us without our knowing, if it can be asked. */
  leaveNothing(): Promise<void>;
  /** It could not be asked, or has not answered all. */
  readonly mayHoldUndelivered: boolean;
  close(): Promise<void>;
}

/** BullMQ's maximumRateLimitDelay. */
const maximumRateLimitDelayMs = 30_000;

/** A worker that has not looked at a limited queue again is not to be taken for one that passes it over. */
function longestLimit(stuckTimeoutMs: number): number {
  return stuckTimeoutMs === 0 ? maximumRateLimitDelayMs : Math.min(maximumRateLimitDelayMs, stuckTimeoutMs / 2);
}

export async function openConsumer(parts: ConsumerParts): Promise<Consumer> {
  const { application, held, log, options, lockOwner } = parts;
  const { queues: patterns, concurrency } = options.spec;
  const { lockDurationMs, stuckTimeoutMs } = parts.settings;
  const { connection, prefix } = application.config;
  const target = redisTarget(connection);
  const bull = await loadBull(application.path);
  const redisLog = new RedisLog(log, target.address);
  const failed = (error: unknown) => redisLog.refused(error);

  const changes = new ConnectionChanges((state) => {
    redisLog.state(state);
    parts.onChange();
  });
  const connections = openConnections(bull, target, (state) => changes.now(state));
  const { command } = connections;
  let isUnchecked = parts.checksServer;
  changes.whenConnected(() => {
    if (!isUnchecked) return;
    isUnchecked = false;
    const { minimumVersion } = bull.api.RedisConnection;
    void findServerProblems(command, target, minimumVersion).then((found) => redisLog.problems(found));
  });

  const markers = new Markers(command, connections.hashSlotOf);
  const wake = async (lane: Lane) => await markers.mark(lane.keys.marker).catch(failed);
  const locks = new HeldLocks(command);
  const expiredLocks = new ExpiredLocks({ held, locks, lockDurationMs, log });
  const ends = new JobEnds({ bull, application, held, log, passOn: (report) => parts.passOnEnd(report) });
  const fetches = new Fetches(lockOwner);
  const undelivered = new UndeliveredJobs({ bull, lockOwner, held, ends, locks, markers, log, fetches });
  changes.whenLost(() => undelivered.connectionLost());

  const higher = new HigherLanes(markers, failed);
  const admission = new Admission({ concurrency, fetches, judged: (reason) => parts.onJudged(reason) });
  const movers: JobMoverParts = {
    log,
    warnings: new ThrottledWarnings(log),
    fateOf: (one) => expiredLocks.fateOf(one),
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
    mover: (one) => new JobMover(one, movers),
    // So that a job's last step may take the next job at once. undefined: it is known whether a lane above has work.
    beforeFinish: (lane) => (admission.mayFollow ? higher.look(lane) : undefined),
    lookAfterLocks: () => void expiredLocks.reacquireAll(),
    repairParent: (lane, job) => repairParent(command, jobKey(lane.keys, job.id ?? "")),
    wake,
  });
  const { wait } = connections;
  const dispatcher = new Dispatcher({ wait, markers, admission, fetches, higher, runner, failed });

  // By the instance id its jobs are known to whoever comes after us, also when their locks are over.
  const workerName = [hostname(), process.pid, `slot${options.slot}`, instanceIdOf(lockOwner)]
    .filter(Boolean)
    .join(":");
  const longestLimitMs = longestLimit(stuckTimeoutMs);
  const factory = new LaneFactory(bull, command, { prefix, workerName, lockDurationMs, longestLimitMs });
  const made: Lane[] = [];
  const plan = new QueueSelection({
    patterns,
    application,
    discover: () => discoverQueues(command, prefix),
    log,
    makeLane: (queue) => {
      const lane = factory.lane(queue, runner);
      made.push(lane);
      return lane;
    },
    changed: (lanes) => {
      const idleName = `forker:${workerName}`;
      const [first = idleName, second = idleName] = lanes
        .slice(0, 2)
        .map(({ queue }) => clientName(prefix, queue, workerName));
      connections.rename([first, second]);
      // Should we die with a job, it is looked for in the queues that we have told.
      parts.onQueues(lanes.map((lane) => lane.queue));
      dispatcher.setLanes(lanes);
    },
    // A look that fails because Redis is away says no more than the line about that.
    failed: (error) => {
      if (connections.state.connected) failed(error);
    },
  });
  plan.start();
  const maintenance = new Maintenance({
    markers,
    stalledEveryMs: lockDurationMs,
    options,
    lanes: () => plan.lanes,
    connected: () => connections.state.connected,
    taking: () => parts.taking(),
    lookAfterOwn: async (lanes) => {
      await expiredLocks.reacquireAll();
      await undelivered.handBack(lanes);
    },
    failed,
  });
  changes.whenConnected(() => void maintenance.reconnected());

  const releaseMemory = new MemoryRelease();
  const idleMemory = new IdleMemory({
    isHolding: () => held.all.length > 0,
    done: () => held.finished + held.failed,
    releaseMemory: () => releaseMemory.now(),
  });
  return {
    dispatcher,
    ends,
    endedElsewhere({ number, report }, heard) {
      const lane = made.find(({ queue }) => queue === report.queue);
      if (lane !== undefined) void ends.writtenElsewhere(lane, report, () => heard(number));
    },
    get state() {
      return connections.state;
    },
    async leaveNothing() {
      await maintenance.now();
    },
    get mayHoldUndelivered() {
      return undelivered.mayExist;
    },
    async close() {
      plan.close();
      maintenance.close();
      idleMemory.close();
      dispatcher.end();
      await Promise.all(made.map((lane) => lane.close()));
      await connections.close();
    },
  };
}
