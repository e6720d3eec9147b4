import type { Logger } from "pino";
import { type InstanceSigns, kernelSigns } from "../admin/instance-socket.ts";
import { CommandConnection } from "../bull/connection/command-connection.ts";
import { RedisLog } from "../bull/connection/redis-log.ts";
import type { RedisTarget } from "../bull/connection/redis-target.ts";
import { HeldLocks } from "../bull/keys/held-locks.ts";
import { Markers } from "../bull/keys/markers.ts";
import { WaitingHeads } from "../bull/keys/waiting-heads.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { SingleFlight, setSingleFlightInterval } from "../clock/single-flight.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { InstanceId } from "../protocol/instance-id.ts";
import type { EndReport, InitToKeeper, KeeperMessage } from "../protocol/messages.ts";
import { type QueueOptions, shortestLockMs } from "../protocol/queue-options.ts";
import { type HandBackParts } from "./death.ts";
import { handBackJobs } from "./hand-back-jobs.ts";
import { isNothing, nothingReturned } from "./hand-back-result.ts";
import { KeeperLanes } from "./keeper-lanes.ts";
import { OrphanRecovery } from "./orphan-recovery.ts";
import { RetryDelays } from "./retry-delays.ts";
import { StaleQueues } from "./stale-queues.ts";

export interface KeeperParts {
  readonly bull: Bull;
  readonly target: RedisTarget;
  readonly prefix: string;
  readonly instanceId: InstanceId;
  readonly queueOptions: readonly QueueOptions[];
  /** For queues that have none of their own. */
  readonly lockDurationMs: number;
  /** 0: the keeper does not look at waiting jobs. */
  readonly stuckTimeoutMs: number;
  readonly log: Logger;
  readonly signs?: InstanceSigns;
  send(message: KeeperMessage): void;
}

type HandBack = Extract<InitToKeeper, { kind: "handBack" }>;

/**
 * How often the keeper looks at a lock during its duration. A worker renews its locks after half of the duration; if it does
 * not, the keeper does so before three quarters.
 */
const looksPerLock = 4;
const looksPerStuckTimeout = 4;
/** A keeper that replaces another learns of all workers at once, and the renewal of their locks may be overdue. */
const firstLookMs = 100;
/**
 * A command that a worker sent before it died may reach Redis after the keeper has looked for the worker's jobs, from a socket
 * that Redis had not read yet. The keeper looks again soon after the death, and then for as long as the lock of a job taken by
 * that command could last.
 */
const lookAgainMs = 1_000;
/** The delay after a refusal. While Redis is unreachable, commands wait for it. */
const refusedDelayMs = 250;

/** Knows which workers run and which queues they take from. Everything else is in Redis. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #connection: CommandConnection;
  readonly #tools: HandBackParts;
  readonly #lanes: KeeperLanes;
  readonly #retryDelays: RetryDelays;
  readonly #guarded = new Map<string, readonly string[]>();
  readonly #heads: WaitingHeads;
  readonly #stale = new StaleQueues();
  readonly #warnings: ThrottledWarnings;
  #reportedStale = false;
  #headLook: NodeJS.Timeout | undefined;
  /** Dead workers whose jobs were handed back, and until when the keeper looks for more of their jobs. */
  readonly #dead = new Map<HandBack, number>();
  #looks: NodeJS.Timeout | undefined;
  #firstLook: NodeJS.Timeout | undefined;
  #singleFlight: SingleFlight;
  readonly #orphanRecovery: OrphanRecovery;
  #isConnected = false;
  #closed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#warnings = new ThrottledWarnings(parts.log);
    const { bull, target, prefix, instanceId, lockDurationMs, queueOptions, log } = parts;
    this.#singleFlight = this.#lookOften(queueOptions);
    const redisLog = new RedisLog(log, target.address);
    this.#connection = new CommandConnection(bull, target, {
      changed: (state) => {
        const wasConnected = this.#isConnected;
        this.#isConnected = state.connected;
        redisLog.state(state);
        if (!state.connected || wasConnected) return;
        log.debug({ address: target.address }, "connected to Redis");
        this.#orphanRecovery.renewLease();
        this.#look();
      },
      checked: (problems) => redisLog.problems(problems),
    });
    const { client } = this.#connection;
    const ended = (report: EndReport) => parts.send({ kind: "ended", report });
    this.#retryDelays = new RetryDelays({ log, ask: (question) => parts.send({ kind: "askRetryDelay", ...question }) });
    this.#lanes = new KeeperLanes({
      bull,
      client,
      prefix,
      lockDurationMs,
      queueOptions,
      retryDelays: this.#retryDelays,
    });
    const deathsAtMost = ({ queue }: Lane) => this.#lanes.deathsAtMost(queue);
    this.#tools = { bull, locks: new HeldLocks(client), markers: new Markers(client), ended, deathsAtMost };
    this.#heads = new WaitingHeads(client);
    const { stuckTimeoutMs } = parts;
    if (stuckTimeoutMs > 0)
      this.#headLook = setSingleFlightInterval(stuckTimeoutMs / looksPerStuckTimeout, () => this.#lookAtHeads());
    this.#orphanRecovery = new OrphanRecovery({
      client,
      prefix,
      instanceId,
      tools: this.#tools,
      log,
      warnings: this.#warnings,
      recovered: ({ handedBack, failed }) => this.#parts.send({ kind: "recovered", handedBack, failed }),
      quarantined: (jobs) => this.#parts.send({ kind: "quarantined", ...jobs }),
      lane: (queue) => this.#lane(queue),
      signs: parts.signs ?? kernelSigns,
    });
  }

  receive(message: InitToKeeper): void {
    switch (message.kind) {
      case "guard":
        if (message.queues.length > 0) this.#guarded.set(message.lockOwner, message.queues);
        else this.#guarded.delete(message.lockOwner);
        for (const queue of message.queues) this.#orphanRecovery.takesFrom(this.#lane(queue));
        this.#firstLook ??= setTimeout(() => this.#look(), firstLookMs);
        return;
      case "options":
        this.#lanes.change(message.queueOptions);
        this.#singleFlight = this.#lookOften(message.queueOptions);
        return;
      case "retryDelay":
        this.#retryDelays.answered(message);
        return;
      case "handBack":
        this.#guarded.delete(message.lockOwner);
        void this.#handBack(message);
        return;
      case "leaving":
        void this.#orphanRecovery.leaving(message.queues.map((queue) => this.#lane(queue)));
        return;
    }
  }

  close(): void {
    this.#closed = true;
    this.#orphanRecovery.close();
    clearInterval(this.#headLook);
    clearInterval(this.#looks);
    clearTimeout(this.#firstLook);
    this.#lanes.close();
    this.#connection.close();
  }

  /**
   * Retries until Redis accepts, or until the worker's locks have expired. Then init gives up, and BullMQ's stalled check must
   * find what is left.
   */
  async #handBack(order: HandBack): Promise<void> {
    const lanes = order.queues.map((queue) => this.#lane(queue));
    const lockDurationMs = Math.max(this.#parts.lockDurationMs, ...lanes.map((lane) => lane.lockDurationMs));
    const done = nothingReturned();
    const untilMs = performance.now() + lockDurationMs;
    while (!this.#closed && performance.now() < untilMs) {
      const refused = await handBackJobs(this.#tools, lanes, order, done);
      if (refused === undefined) {
        this.#parts.send({ kind: "handedBack", worker: order.worker, ...done });
        this.#dead.set(order, performance.now() + lockDurationMs);
        setTimeout(() => this.#look(), lookAgainMs).unref();
        return;
      }
      const fields = { cause: (refused as Error).message, slot: order.slot, workerPid: order.workerPid };
      this.#warnings.warn(fields, "could not hand back jobs of a dead worker, or write their ends; trying again");
      await new Promise((resolve) => setTimeout(resolve, refusedDelayMs));
    }
    if (!isNothing(done)) this.#parts.send({ kind: "handedBack", worker: order.worker, ...done });
  }

  #look(): void {
    // While Redis is unreachable, the commands of every look would pile up. A look follows the reconnect.
    if (this.#closed || !this.#isConnected) return;
    void this.#singleFlight.run(() => Promise.all([this.#renew(), this.#handBackLate()]));
  }

  async #handBackLate(): Promise<void> {
    for (const [order, untilMs] of this.#dead) {
      if (untilMs < performance.now()) this.#dead.delete(order);
      const lanes = order.queues.map((queue) => this.#lane(queue));
      // The known jobs have already been looked for, and another worker may hold them by now.
      const late = nothingReturned();
      const refused = await handBackJobs(this.#tools, lanes, { ...order, holding: [] }, late);
      if (refused !== undefined) {
        const fields = { cause: (refused as Error).message, slot: order.slot, workerPid: order.workerPid };
        this.#warnings.warn(fields, "could not search again for jobs of a dead worker");
      }
      if (!isNothing(late)) this.#parts.send({ kind: "handedBack", worker: order.worker, ...late });
    }
  }

  async #renew(): Promise<void> {
    const lockOwners = new Map<string, string[]>();
    for (const [lockOwner, queues] of this.#guarded) {
      for (const queue of queues) lockOwners.set(queue, [...(lockOwners.get(queue) ?? []), lockOwner]);
    }
    const looks = [...lockOwners].map(async ([queue, holders]) => {
      const { keys, lockDurationMs } = this.#lane(queue);
      const renewed = await this.#tools.locks.renew(keys, holders, lockDurationMs);
      for (const job of renewed) this.#parts.log.info({ queue, job }, "renewed the lock of a busy worker");
    });
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === "rejected") this.#warnings.warn({ cause: String(look.reason) }, "could not renew locks");
    }
  }

  async #lookAtHeads(): Promise<void> {
    const queues = new Set([...this.#guarded.values()].flat());
    this.#stale.keepOnly(queues);
    try {
      for (const queue of queues)
        this.#stale.observe(queue, await this.#heads.head(this.#lane(queue).keys), monotonicClock.now());
    } catch (cause) {
      this.#parts.log.debug({ cause: (cause as Error).message }, "could not check waiting jobs");
      return;
    }
    const stale = this.#stale.longerThan(this.#parts.stuckTimeoutMs / 2, monotonicClock.now());
    if (stale.length > 0 || this.#reportedStale) this.#parts.send({ kind: "stale", queues: stale });
    this.#reportedStale = stale.length > 0;
  }

  /** A look that hangs is abandoned, so that the next one can renew the locks. */
  #lookOften(queueOptions: readonly QueueOptions[]): SingleFlight {
    const everyMs = shortestLockMs(queueOptions, this.#parts.lockDurationMs) / looksPerLock;
    clearInterval(this.#looks);
    this.#looks = setInterval(() => this.#look(), everyMs);
    return new SingleFlight(everyMs);
  }

  #lane(queue: string): Lane {
    return this.#lanes.lane(queue);
  }
}
