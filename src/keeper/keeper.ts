import type { Logger } from "pino";
import { type InstanceSigns, kernelSigns } from "../admin/instance-socket.ts";
import { CommandConnection } from "../bull/connection/command-connection.ts";
import { RedisLog } from "../bull/connection/redis-log.ts";
import type { RedisTarget } from "../bull/connection/redis-target.ts";
import { HeldLocks } from "../bull/keys/held-locks.ts";
import { Markers } from "../bull/keys/markers.ts";
import { WaitingHeads } from "../bull/keys/waiting-heads.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import { EventWait } from "../bull/wait/event-wait.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { SingleFlight } from "../clock/single-flight.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { InstanceId } from "../protocol/instance-id.ts";
import type { InitToKeeper, KeeperMessage } from "../protocol/keeper-messages.ts";
import type { EndReport } from "../protocol/messages.ts";
import { type QueueOptions, shortestLockMs } from "../protocol/queue-options.ts";
import { DeadWorkers } from "./dead-workers.ts";
import { type HandBackParts } from "./death.ts";
import { DueJobWatch } from "./due-job-watch.ts";
import { FleetMember } from "./fleet-member.ts";
import { JobCounting } from "./job-counting.ts";
import { KeeperLanes } from "./keeper-lanes.ts";
import { renewLocks } from "./lock-renewal.ts";
import { OrphanRecovery } from "./orphan-recovery.ts";
import { RetryDelays } from "./retry-delays.ts";
import { StaleQueueReports } from "./stale-queue-reports.ts";

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

/**
 * How often the keeper looks at a lock during its duration. A worker renews its locks after half of the duration; if it does
 * not, the keeper does so before three quarters.
 */
const looksPerLock = 4;
/** A keeper that replaces another learns of all workers at once, and the renewal of their locks may be overdue. */
const firstLookMs = 100;
/** Knows which workers run and which queues they take from. Everything else is in Redis. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #connection: CommandConnection;
  readonly #tools: HandBackParts;
  readonly #lanes: KeeperLanes;
  readonly #retryDelays: RetryDelays;
  readonly #guarded = new Map<string, readonly string[]>();
  readonly #staleQueues: StaleQueueReports;
  readonly #counting: JobCounting;
  readonly #dueJobs: DueJobWatch;
  readonly #warnings: ThrottledWarnings;
  readonly #dead: DeadWorkers;
  #looks: NodeJS.Timeout | undefined;
  #firstLook: NodeJS.Timeout | undefined;
  #singleFlight: SingleFlight;
  readonly #orphanRecovery: OrphanRecovery;
  readonly #fleet: FleetMember;
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
        this.#fleet.look();
        this.#dueJobs.connected();
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
    this.#dead = new DeadWorkers({
      tools: this.#tools,
      warnings: this.#warnings,
      lockDurationMs,
      lane: (queue) => this.#lane(queue),
      send: (message) => parts.send(message),
      look: () => this.#look(),
    });
    this.#staleQueues = new StaleQueueReports({
      heads: new WaitingHeads(client),
      stuckTimeoutMs: parts.stuckTimeoutMs,
      queues: () => new Set([...this.#guarded.values()].flat()),
      lane: (queue) => this.#lane(queue),
      report: (queues) => parts.send({ kind: "stale", queues }),
      log,
    });
    this.#counting = new JobCounting({
      client,
      log,
      isConnected: () => this.#isConnected,
      keysOf: (queue) => this.#lane(queue).keys,
      send: (message) => parts.send(message),
    });
    this.#dueJobs = new DueJobWatch({
      client,
      warnings: this.#warnings,
      isConnected: () => this.#isConnected,
      keysOf: (queue) => this.#lane(queue).keys,
      checksStalled: (queue) => this.#lane(queue).traits.stalledIntervalMs !== undefined,
      openWait: target.kind === "one" ? () => new EventWait(bull, target) : undefined,
      send: (message) => parts.send(message),
    });
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
    const send = (message: KeeperMessage) => parts.send(message);
    this.#fleet = new FleetMember({ client, prefix, instanceId, log, warnings: this.#warnings, send });
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
      case "countJobs":
        this.#counting.count(message.queues);
        return;
      case "watchDueJobs":
        // A range may have no worker that takes from them.
        for (const queue of message.queues) this.#orphanRecovery.takesFrom(this.#lane(queue));
        this.#dueJobs.watch(message.queues);
        return;
      case "retryDelay":
        this.#retryDelays.answered(message);
        return;
      case "announce":
        this.#fleet.announce(message);
        return;
      case "fleetAnswer":
        this.#fleet.answer(message);
        return;
      case "handBack":
        this.#guarded.delete(message.lockOwner);
        void this.#dead.handBack(message);
        return;
      case "leaving":
        void this.#orphanRecovery.leaving(message.queues.map((queue) => this.#lane(queue)));
        return;
      case "withdraw":
        void this.#fleet.withdraw().finally(() => this.#parts.send({ kind: "withdrawn" }));
        return;
    }
  }

  close(): void {
    this.#closed = true;
    this.#dead.close();
    this.#orphanRecovery.close();
    this.#fleet.close();
    this.#staleQueues.close();
    this.#counting.close();
    this.#dueJobs.close();
    clearInterval(this.#looks);
    clearTimeout(this.#firstLook);
    this.#lanes.close();
    this.#connection.close();
  }

  #look(): void {
    // While Redis is unreachable, the commands of every look would pile up. A look follows the reconnect.
    if (this.#closed || !this.#isConnected) return;
    void this.#singleFlight.run(() => Promise.all([this.#renew(), this.#dead.handBackLate()]));
  }

  #renew(): Promise<void> {
    const { log } = this.#parts;
    const lane = (queue: string) => this.#lane(queue);
    return renewLocks(this.#guarded, { locks: this.#tools.locks, lane, log, warnings: this.#warnings });
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
