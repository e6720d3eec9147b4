import { hostname } from "node:os";
import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { JobsRedis } from "../app/required-place.ts";
import { clientName } from "../bull/connection/client-name.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import { RedisLog } from "../bull/connection/redis-log.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import { findServerProblems } from "../bull/connection/server-info.ts";
import { discoverQueues } from "../bull/keys/discover-queues.ts";
import { HeldLocks } from "../bull/keys/held-locks.ts";
import { Markers } from "../bull/keys/markers.ts";
import { repairParent } from "../bull/keys/mend-parent.ts";
import { hearOfQueues } from "../bull/keys/queue-events.ts";
import { warnOfCopyOnce } from "../bull/library/copies.ts";
import { jobKey } from "../bull/library/key-layout.ts";
import { loadBull } from "../bull/library/load-bull.ts";
import { openConnections } from "../bull/worker/connections.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { Settings } from "../config/settings.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import { instanceIdOf } from "../protocol/instance-id.ts";
import type { EndReport, InitToWorker, JobName, NotTakingReason, WorkerMessage } from "../protocol/messages.ts";
import type { RetryDelayAnswer, RetryDelayQuestion } from "../protocol/retry-delay.ts";
import type { WorkerStartOptions } from "../protocol/worker-start-options.ts";
import { ExpiredLocks } from "./jobs/expired-locks.ts";
import { Fetches } from "./jobs/fetches.ts";
import type { HeldJob, HeldJobs } from "./jobs/held-jobs.ts";
import { JobEnds } from "./jobs/job-ends.ts";
import { JobMover, type JobMoverParts } from "./jobs/job-mover.ts";
import { JobRunner } from "./jobs/job-runner.ts";
import { computeRetryDelay } from "./jobs/retry-delay.ts";
import { UndeliveredJobs } from "./jobs/undelivered-jobs.ts";
import { releaseIdleMemory } from "./memory/idle-memory.ts";
import { Admission } from "./queues/admission.ts";
import { AdoptedLanes } from "./queues/adopted-lanes.ts";
import { ConnectionChanges } from "./queues/connection-changes.ts";
import { Dispatcher } from "./queues/dispatcher.ts";
import { HigherLanes } from "./queues/higher-lanes.ts";
import { makeLane } from "./queues/lane-nature.ts";
import { Maintenance } from "./queues/maintenance.ts";
import { QueueSelection } from "./queues/queue-selection.ts";
import { placesFor } from "./runners/isolated-places.ts";
import { killJudge } from "./runners/judge-kill.ts";
import { RunnerPool } from "./runners/runner-pool.ts";

type EndedElsewhere = Extract<InitToWorker, { kind: "ended" }>;

export interface ConsumerParts {
  readonly options: WorkerStartOptions;
  readonly settings: Pick<Settings, "lockDurationMs" | "queueEvents" | "stuckTimeoutMs">;
  /** The prefix of the tokens of this worker's locks. init chose it at random; the keeper finds the worker's jobs by it. */
  readonly lockOwner: string;
  readonly application: Application;
  readonly redis: JobsRedis;
  readonly held: HeldJobs;
  readonly log: Logger;
  /** See JobEndsParts. */
  passOnEnd(report: EndReport): void;
  /** See JobRunnerParts. */
  tookStalled(job: JobName): void;
  /** Whether to log problems of the Redis server. If there is a keeper, the keeper logs them. */
  readonly checksServer: boolean;
  /** Whether init forks runners for the isolated jobs. */
  readonly isolates: boolean;
  readonly tellInit: (message: WorkerMessage) => void;
  /** A person has asked the runner of this job to stop it. */
  stopAsked(held: HeldJob): void;
  taking(): boolean;
  /** Receives the reason why the worker takes no job; undefined: it takes the next one. */
  onJudged(reason: NotTakingReason | undefined): void;
  onChange(state: ConnectionState): void;
  /** Called before the worker takes a job from any of these queues. */
  onQueues(queues: readonly string[]): void;
  /** Returns memory that jobs used to the kernel. */
  readonly releaseMemory: () => void;
}

/** All parts of a worker that use Redis. */
export interface Consumer {
  readonly dispatcher: Dispatcher;
  readonly ends: JobEnds;
  readonly runners: Pick<RunnerPool, "runnerEnded" | "leave">;
  /** See JobEnds. */
  endedElsewhere(end: EndedElsewhere, heard: (number: number) => void): void;
  /** Emits an event of the Workers of all queues. */
  emit(event: "closed" | "closing" | "paused" | "resumed", ...values: readonly string[]): void;
  /** Calls the application's back-off strategy for the keeper. Never rejects. */
  retryDelay(question: RetryDelayQuestion): Promise<RetryDelayAnswer>;
  readonly state: ConnectionState;
  /** See AdoptedWorkers. */
  endByHand(): Promise<void>;
  /** Hands back undelivered jobs, if Redis is available. */
  leaveNothing(): Promise<void>;
  /** Redis was unavailable, or did not answer every command. */
  readonly mayHoldUndelivered: boolean;
  close(): Promise<void>;
}

/** Half the stuck timeout at most, so that init does not mistake the wait for a rate limit for a worker that ignores a queue. */
function longestLimit(stuckTimeoutMs: number): number {
  return stuckTimeoutMs === 0 ? Infinity : stuckTimeoutMs / 2;
}

export async function openConsumer(parts: ConsumerParts): Promise<Consumer> {
  const { application, redis, held, log, options, lockOwner } = parts;
  const { queues: patterns, concurrency } = options.spec;
  const { lockDurationMs, queueEvents, stuckTimeoutMs } = parts.settings;
  const target = redisTarget(redis.connection);
  const bull = await loadBull(application.path);
  const redisLog = new RedisLog(log, target.address);
  const failed = (error: unknown) => redisLog.refused(error);

  const changes = new ConnectionChanges((state) => {
    redisLog.state(state);
    parts.onChange(state);
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
  const expiredLocks = new ExpiredLocks({ held, locks, log });
  const ends = new JobEnds({ bull, application, held, log, passOn: (report) => parts.passOnEnd(report) });
  const fetches = new Fetches(lockOwner);
  const undelivered = new UndeliveredJobs({
    bull,
    lockOwner,
    held,
    ends,
    locks,
    markers,
    log,
    fetches,
  });
  changes.whenLost(() => undelivered.connectionLost());

  const higher = new HigherLanes(markers, failed);
  const admission = new Admission({ concurrency, fetches, judged: (reason) => parts.onJudged(reason) });
  const movers: JobMoverParts = {
    log,
    warnings: new ThrottledWarnings(log),
    fateOf: (...asked) => expiredLocks.fateOf(...asked),
    connectionLostSince: (instantMs) => changes.lostSince(instantMs),
    now: () => monotonicClock.now(),
    wake,
  };
  const adopted = new AdoptedLanes({ application, redis, bull, client: command, lockOwner, log });
  const { isolation } = application;
  const runners = new RunnerPool({
    bull,
    log,
    tellInit: parts.tellInit,
    stopAsked: (one) => parts.stopAsked(one),
    judgeKill: killJudge({ bull, application, locks, log }),
  });
  const isIsolated = ({ queue }: Lane) => parts.isolates && isolation.isIsolated(queue);
  const inRunner = (one: HeldJob) => runners.perform(one, adopted.cancelOf(one.lane, one.token));
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
    // Lets the command that ends a job take the next one too. undefined: it is already known whether a higher lane has jobs.
    beforeFinish: (lane) => (admission.mayFollow(lane) ? higher.look(lane) : undefined),
    tookStalled: (job) => parts.tookStalled(job),
    lookAfterLocks: () => void expiredLocks.reacquireAll(),
    foundCopy: warnOfCopyOnce(bull, application.path, log),
    repairParent: (lane, job) => repairParent(command, jobKey(lane.keys, job.id ?? "")),
    wake,
  });
  const { wait } = connections;
  const dispatcher = new Dispatcher({ wait, markers, admission, fetches, higher, runner, failed, left: adopted.left });

  // The next forker finds the jobs of this worker by the instance id, even after their locks have expired.
  const workerName = [hostname(), process.pid, `slot${options.slot}`, instanceIdOf(lockOwner)]
    .filter(Boolean)
    .join(":");
  const common = { prefix: redis.prefix, workerName, lockDurationMs, longestLimitMs: longestLimit(stuckTimeoutMs) };
  const factory = new LaneFactory(bull, command, common, application.supplyWorker);
  const made: Lane[] = [];
  const plan = new QueueSelection({
    patterns,
    application,
    discover: application.hasOnlyAdopted === true ? undefined : () => discoverQueues(command, redis.prefix),
    hear:
      queueEvents === "off"
        ? undefined
        : async (found) => await hearOfQueues(connections.listen(), redis.prefix, found),
    log,
    makeLane: (queue) => {
      const lane = makeLane(factory, application, queue, runner);
      made.push(lane);
      return adopted.made(lane, (one) => dispatcher.isBusy(one));
    },
    changed: (lanes) => {
      const idleName = `forker:${workerName}`;
      const [first = idleName, second = idleName] = lanes
        .slice(0, 2)
        .map(({ queue }) => clientName(redis.prefix, queue, workerName));
      connections.rename([first, second]);
      // If this worker dies with a job, the keeper searches only the queues that init knows of.
      parts.onQueues(lanes.map((lane) => lane.queue));
      dispatcher.setLanes(lanes);
      setPlaces();
    },
    // While Redis is unavailable, another log line has reported it.
    failed: (error) => {
      if (connections.state.connected) failed(error);
    },
  });
  const setPlaces = () => runners.setPlaces(placesFor(plan.lanes.filter(isIsolated), concurrency));
  plan.start();
  adopted.onChange(() => {
    plan.workersChanged();
    dispatcher.placesChanged();
    setPlaces();
  });
  const maintenance = new Maintenance({
    markers,
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

  const idleMemory = releaseIdleMemory(held, parts.releaseMemory);
  return {
    dispatcher,
    ends,
    runners,
    endedElsewhere({ number, report }, heard) {
      const lane = made.findLast(({ queue }) => queue === report.queue);
      if (lane !== undefined) void ends.writtenElsewhere(lane, report, () => heard(number));
    },
    async retryDelay(question) {
      const lane = made.findLast(({ queue }) => queue === question.queue);
      return await computeRetryDelay({ bull, application, log }, lane, question);
    },
    emit(event, ...values) {
      for (const lane of made) if (adopted.mayEmit(lane, event)) lane.emit(event, ...values);
    },
    get state() {
      return connections.state;
    },
    endByHand: () => adopted.endByHand(),
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
      runners.close();
      await Promise.all(made.map((lane) => lane.close()));
      await connections.close();
    },
  };
}
