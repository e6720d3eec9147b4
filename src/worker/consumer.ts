import { hostname } from "node:os";
import { clientName } from "../bull/connection/client-name.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import { RedisLog } from "../bull/connection/redis-log.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import { findServerProblems } from "../bull/connection/server-info.ts";
import { discoverQueues } from "../bull/keys/discover-queues.ts";
import { FleetKeys } from "../bull/keys/fleet-keys.ts";
import { Markers } from "../bull/keys/markers.ts";
import { hearOfQueues } from "../bull/keys/queue-events.ts";
import { loadBull } from "../bull/library/load-bull.ts";
import { openConnections } from "../bull/worker/connections.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import { weightOf } from "../config/queue-pattern.ts";
import type { FleetRule } from "../protocol/fleet.ts";
import { instanceIdOf } from "../protocol/instance-id.ts";
import type { InitToWorker } from "../protocol/messages.ts";
import type { RetryDelayAnswer, RetryDelayQuestion } from "../protocol/retry-delay.ts";
import type { ConsumerParts } from "./consumer-parts.ts";
import { Fetches } from "./jobs/fetches.ts";
import type { JobEnds } from "./jobs/job-ends.ts";
import { computeRetryDelay } from "./jobs/retry-delay.ts";
import { releaseIdleMemory } from "./memory/idle-memory.ts";
import { readFleetRule } from "./orders/fleet-rule.ts";
import { Admission } from "./queues/admission.ts";
import { ConnectionChanges } from "./queues/connection-changes.ts";
import { Dispatcher } from "./queues/dispatcher.ts";
import { HigherLanes } from "./queues/higher-lanes.ts";
import { makeLane } from "./queues/lane-nature.ts";
import { Maintenance } from "./queues/maintenance.ts";
import { QueueSelection } from "./queues/queue-selection.ts";
import { WeightedLanes } from "./queues/weighted-lanes.ts";
import { IsolatedPlaces } from "./runners/isolated-places.ts";
import type { RunnerPool } from "./runners/runner-pool.ts";
import { openRunningJobs } from "./running-jobs.ts";

type EndedElsewhere = Extract<InitToWorker, { kind: "ended" }>;

/** All parts of a worker that use Redis. */
export interface Consumer {
  readonly dispatcher: Dispatcher;
  readonly ends: JobEnds;
  readonly runners: Pick<RunnerPool, "runnerEnded" | "leave">;
  /** See JobEnds. */
  endedElsewhere(end: EndedElsewhere, heard: (number: number) => void): void;
  /** Emits an event of the Workers of all queues. */
  emit(event: "closed" | "closing" | "paused" | "resumed", ...values: readonly string[]): void;
  /** Resolves with the rule of the fleet for this host, as soon as Redis is available. Never rejects. */
  fleetRule(): Promise<FleetRule>;
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
  const { queues: patterns, weights, concurrency } = options.spec;
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
  const fetches = new Fetches(lockOwner);
  const order =
    weights === undefined
      ? new HigherLanes(markers, failed)
      : new WeightedLanes(markers, (queue) => weightOf(patterns, weights, queue), failed);
  const admission = new Admission({ concurrency, fetches, judged: (reason) => parts.onJudged(reason) });
  const { runner, runners, adopted, ends, expiredLocks, undelivered, isIsolated } = openRunningJobs({
    consumer: parts,
    bull,
    client: command,
    markers,
    fetches,
    changes,
    // Lets the command that ends a job take the next one too. undefined: it is already known whether another lane has jobs whose turn is before.
    beforeFinish: (lane) => (admission.mayFollow(lane) ? order.look(lane) : undefined),
    failed,
  });
  const { wait } = connections;
  const dispatcher = new Dispatcher({ wait, markers, admission, fetches, order, runner, failed, left: adopted.left });

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
  const places = new IsolatedPlaces(runners, isIsolated, concurrency);
  const setPlaces = () => places.follow(plan.lanes);
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
    fleetRule: async () => await readFleetRule(new FleetKeys(command, redis.prefix), hostname(), log),
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
