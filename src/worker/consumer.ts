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
import { mendParent } from "../bull/keys/mend-parent.ts";
import { jobKey } from "../bull/library/key-layout.ts";
import { loadBull } from "../bull/library/load-bull.ts";
import { openConnections } from "../bull/worker/connections.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { SparseWarnings } from "../log/sparse-warnings.ts";
import { lifeOf } from "../protocol/life.ts";
import type { EndReport, InitToWorker, NotTakingReason } from "../protocol/messages.ts";
import { Dispatcher } from "./dispatcher.ts";
import { GiveBack } from "./give-back.ts";
import type { HeldJobs } from "./held-jobs.ts";
import { IdleMemory } from "./idle-memory.ts";
import { JobEnds } from "./job-ends.ts";
import { JobMover, type JobMoverParts } from "./job-mover.ts";
import { JobRunner } from "./job-runner.ts";
import { LapsedLocks } from "./lapsed-locks.ts";
import { QueuePlan } from "./queue-plan.ts";
import { Strays } from "./strays.ts";
import { Upkeep } from "./upkeep.ts";

type EndedElsewhere = Extract<InitToWorker, { kind: "ended" }>;

export interface ConsumerParts {
  readonly slot: number;
  /** What the tokens of our locks begin with: init's random numbers, and by them the keeper knows our jobs. */
  readonly owner: string;
  readonly patterns: readonly string[];
  readonly concurrency: number;
  readonly lockDurationMs: number;
  /** 0: never. */
  readonly wedgedAfterMs: number;
  /** See UpkeepParts. */
  readonly stalledAfterMs: number;
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
  readonly strayJobsAreThinkable: boolean;
  close(): Promise<void>;
}

/** BullMQ's maximumRateLimitDelay. */
const maximumRateLimitDelayMs = 30_000;

/** A worker that has not looked at a limited queue again is not to be taken for one that passes it over. */
function longestLimitMs(wedgedAfterMs: number): number {
  return wedgedAfterMs === 0 ? maximumRateLimitDelayMs : Math.min(maximumRateLimitDelayMs, wedgedAfterMs / 2);
}

export async function openConsumer(parts: ConsumerParts): Promise<Consumer> {
  const { application, held, log, slot } = parts;
  const { connection, prefix } = application.config;
  const target = redisTarget(connection);
  const bull = await loadBull(application.path);
  const redisLog = new RedisLog(log, target.address);
  const failed = (error: unknown) => redisLog.refused(error);
  let upkeep: Upkeep | undefined;
  let wasConnected = false;
  let lostAtMs = -Infinity;
  let isUnchecked = parts.checksServer;
  const connections = openConnections(bull, target, () => {
    redisLog.state(connections.state);
    if (isUnchecked && connections.state.connected) {
      isUnchecked = false;
      const { minimumVersion } = bull.api.RedisConnection;
      void findServerProblems(connections.command, target, minimumVersion).then((found) => redisLog.problems(found));
    }
    parts.onChange();
    const { connected } = connections.state;
    if (!connected && wasConnected) strays.connectionLost();
    if (!connected || !wasConnected) lostAtMs = monotonicClock.now();
    if (connected && !wasConnected) void upkeep?.reconnected();
    wasConnected = connected;
  });
  // By the life its jobs are known to whoever comes after us, also when their locks are over.
  const workerName = [hostname(), process.pid, `slot${slot}`, lifeOf(parts.owner)].filter(Boolean).join(":");
  const markers = new Markers(connections.command, connections.slotOf);
  const factory = new LaneFactory(bull, connections.command, {
    prefix,
    workerName,
    lockDurationMs: parts.lockDurationMs,
    longestLimitMs: longestLimitMs(parts.wedgedAfterMs),
  });
  const locks = new HeldLocks(connections.command);
  const lapsed = new LapsedLocks({ held, locks, lockDurationMs: parts.lockDurationMs, log });
  const wake = async (lane: Lane) => await markers.mark(lane.keys.marker).catch(failed);
  const movers: JobMoverParts = {
    log,
    warnings: new SparseWarnings(log),
    fateOf: (one) => lapsed.fateOf(one),
    connectionLostSince: (instantMs) => lostAtMs >= instantMs,
    now: () => monotonicClock.now(),
    wake,
  };
  const ends = new JobEnds({ bull, application, held, log, passOn: (report) => parts.passOnEnd(report) });
  const runner: JobRunner = new JobRunner({
    bull,
    application,
    held,
    ends,
    log,
    mover: (one) => new JobMover(one, movers),
    beforeFinish: (lane) => dispatcher.beforeFinish(lane),
    lookAfterLocks: () => void lapsed.regainAll(),
    mendParent: (lane, job) => mendParent(connections.command, jobKey(lane.keys, job.id ?? "")),
    wake,
  });
  const dispatcher: Dispatcher = new Dispatcher({
    concurrency: parts.concurrency,
    wait: connections.wait,
    markers,
    tokenPrefix: parts.owner,
    run: (lane, job, token, mayFetchNext) => runner.run(lane, job, token, mayFetchNext),
    handBackUnstarted: (lane, job, token) => runner.handBackUnstarted(lane, job, token),
    failed,
    judged: (reason) => parts.onJudged(reason),
  });
  const made: Lane[] = [];
  const plan = new QueuePlan({
    patterns: parts.patterns,
    application,
    discover: () => discoverQueues(connections.command, prefix),
    log,
    makeLane: (queue) => {
      const lane = factory.lane(queue, runner);
      made.push(lane);
      return lane;
    },
    changed: (lanes) => {
      const nobody = `forker:${workerName}`;
      const [first = nobody, second = nobody] = lanes
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
  const strays: Strays = new Strays({
    bull,
    owner: parts.owner,
    held,
    ends,
    locks,
    markers,
    log,
    isFetching: (token) => dispatcher.isFetching(token),
    isFetchingAny: () => dispatcher.isFetchingAny,
  });
  upkeep = new Upkeep({
    markers,
    stalledEveryMs: parts.lockDurationMs,
    stalledAfterMs: parts.stalledAfterMs,
    lanes: () => plan.lanes,
    connected: () => connections.state.connected,
    taking: () => parts.taking(),
    lookAfterOwn: async (lanes) => {
      await lapsed.regainAll();
      await strays.handBack(lanes);
    },
    failed,
  });
  const giveBack = new GiveBack();
  const idleMemory = new IdleMemory({
    isHolding: () => held.all.length > 0,
    done: () => held.finished + held.failed,
    giveBack: () => giveBack.now(),
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
      await upkeep?.now();
    },
    get strayJobsAreThinkable() {
      return strays.areThinkable;
    },
    async close() {
      plan.close();
      upkeep?.close();
      idleMemory.close();
      dispatcher.end();
      await Promise.all(made.map((lane) => lane.close()));
      await connections.close();
    },
  };
}
