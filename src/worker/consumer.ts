import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { BlockingWait } from "../bull/blocking-wait.ts";
import { clientName } from "../bull/client-name.ts";
import { type ConnectionState, Connections } from "../bull/connections.ts";
import { discoverQueues } from "../bull/discover-queues.ts";
import { type Lane, LaneFactory } from "../bull/lane.ts";
import { loadBull } from "../bull/load-bull.ts";
import { Markers } from "../bull/markers.ts";
import { redisTarget } from "../bull/redis-target.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { HeldJobs } from "./held-jobs.ts";
import { JobRunner } from "./job-runner.ts";
import { QueuePlan } from "./queue-plan.ts";
import { RedisLog } from "./redis-log.ts";
import { Upkeep } from "./upkeep.ts";

export interface ConsumerParts {
  readonly slot: number;
  readonly patterns: readonly string[];
  readonly concurrency: number;
  readonly lockDurationMs: number;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly log: Logger;
  taking(): boolean;
  onChange(): void;
}

/** Everything of a worker that talks to Redis, put together. */
export interface Consumer {
  readonly dispatcher: Dispatcher;
  readonly state: ConnectionState;
  readonly queues: readonly string[];
  close(): Promise<void>;
}

export async function openConsumer(parts: ConsumerParts): Promise<Consumer> {
  const { application, held, log, slot } = parts;
  const { connection, prefix } = application.config;
  const target = redisTarget(connection);
  const bull = await loadBull(application.path);
  const redisLog = new RedisLog(log, target.address);
  const failed = (error: unknown) => redisLog.refused(error);
  const connections = new Connections(bull, target, () => {
    redisLog.state(connections.state);
    parts.onChange();
  });
  const workerName = `${hostname()}:${process.pid}:slot${slot}`;
  const markers = new Markers(connections.command);
  const factory = new LaneFactory(bull, connections.command, {
    prefix,
    workerName,
    lockDurationMs: parts.lockDurationMs,
  });
  const runner: JobRunner = new JobRunner({
    bull,
    application,
    markers,
    held,
    log,
    beforeFinish: (lane) => dispatcher.beforeFinish(lane),
  });
  const dispatcher: Dispatcher = new Dispatcher({
    concurrency: parts.concurrency,
    wait: new BlockingWait(connections.blocking, connections.command),
    markers,
    // From the kernel, not from a pool that a fork may have copied: two workers must never share a token.
    tokenPrefix: randomBytes(16).toString("hex"),
    run: (lane, job, token, mayFetchNext) => runner.run(lane, job, token, mayFetchNext),
    handBackUnstarted: (lane, job, token) => runner.handBackUnstarted(lane, job, token),
    failed,
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
      dispatcher.setLanes(lanes);
      parts.onChange();
    },
    failed,
  });
  plan.start();
  const upkeep = new Upkeep({
    markers,
    stalledEveryMs: parts.lockDurationMs,
    lanes: () => plan.lanes,
    due: () => parts.taking() && connections.state.connected,
    failed,
  });
  return {
    dispatcher,
    get state() {
      return connections.state;
    },
    get queues() {
      return plan.lanes.map((lane) => lane.queue);
    },
    async close() {
      plan.close();
      upkeep.close();
      dispatcher.end();
      await Promise.all(made.map((lane) => lane.close()));
      await connections.close();
    },
  };
}
