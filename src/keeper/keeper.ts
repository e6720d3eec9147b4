import type { Logger } from "pino";
import { CommandConnection } from "../bull/connection/command-connection.ts";
import { RedisLog } from "../bull/connection/redis-log.ts";
import type { RedisTarget } from "../bull/connection/redis-target.ts";
import { HeldLocks } from "../bull/keys/held-locks.ts";
import { Markers } from "../bull/keys/markers.ts";
import { WaitingHeads } from "../bull/keys/waiting-heads.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { Turns } from "../clock/turns.ts";
import { SparseWarnings } from "../log/sparse-warnings.ts";
import type { Life } from "../protocol/life.ts";
import type { EndReport, InitToKeeper, KeeperMessage } from "../protocol/messages.ts";
import { jobText } from "../text/printable.ts";
import { isNothing, nothingReturned, type ReturnParts, returnJobs } from "./return-jobs.ts";
import { StaleQueues } from "./stale-queues.ts";
import { Succession } from "./succession.ts";

export interface KeeperParts {
  readonly bull: Bull;
  readonly target: RedisTarget;
  readonly prefix: string;
  readonly life: Life;
  readonly lockDurationMs: number;
  /** 0: what waits in the queues is not looked at. */
  readonly wedgedAfterMs: number;
  readonly log: Logger;
  say(message: KeeperMessage): void;
}

type HandBack = Extract<InitToKeeper, { kind: "handBack" }>;

/** A lock is looked at this often in its time: a worker renews at the half, and is helped before three quarters. */
const looksALock = 4;
const looksAWedge = 4;
const looksLeftOut = 4;
/** A keeper that takes another's place is told of all workers at once; their locks may have waited for it. */
const firstLookMs = 100;
/**
 * What a worker had sent before it died may reach Redis after we have looked for what it held: from a socket that Redis had
 * not read yet. Soon after the death, and with each look for as long as the lock of such a job could last, we look again.
 */
const lookAgainMs = 1_000;
/** After Redis refused. While it is away, commands wait for it. */
const refusedDelayMs = 250;

/** Knows who lives and what queues they take from; everything else Redis knows. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #connection: CommandConnection;
  readonly #tools: ReturnParts;
  readonly #factory: LaneFactory;
  readonly #lanes = new Map<string, Lane>();
  readonly #guarded = new Map<string, readonly string[]>();
  readonly #heads: WaitingHeads;
  readonly #stale = new StaleQueues();
  readonly #warnings: SparseWarnings;
  #toldStale = false;
  #headLook: NodeJS.Timeout | undefined;
  /** Whose jobs were handed back, until then. */
  readonly #dead = new Map<HandBack, number>();
  readonly #looks: NodeJS.Timeout;
  #firstLook: NodeJS.Timeout | undefined;
  readonly #turns: Turns;
  readonly #succession: Succession;
  #isConnected = false;
  #closed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#warnings = new SparseWarnings(parts.log);
    // A look that hangs must not cost the locks that it was to renew.
    this.#turns = new Turns(parts.lockDurationMs / looksALock);
    const { bull, target, prefix, life, lockDurationMs, log } = parts;
    const redisLog = new RedisLog(log, target.address);
    this.#connection = new CommandConnection(bull, target, {
      changed: (state) => {
        const wasConnected = this.#isConnected;
        this.#isConnected = state.connected;
        redisLog.state(state);
        if (!state.connected || wasConnected) return;
        log.debug({ redis: target.address }, "keeper connected");
        this.#succession.renewLease();
        this.#look();
      },
      checked: (problems) => redisLog.problems(problems),
    });
    const { client } = this.#connection;
    const ended = (report: EndReport) => parts.say({ kind: "ended", report });
    this.#tools = { bull, locks: new HeldLocks(client), markers: new Markers(client), lockDurationMs, ended };
    this.#factory = new LaneFactory(bull, client, {
      prefix,
      workerName: "forker keeper",
      lockDurationMs,
      longestLimitMs: Infinity,
    });
    this.#heads = new WaitingHeads(client);
    const { wedgedAfterMs } = parts;
    if (wedgedAfterMs > 0) this.#headLook = everyOne(wedgedAfterMs / looksAWedge, () => this.#lookAtHeads());
    this.#looks = setInterval(() => this.#look(), lockDurationMs / looksALock);
    this.#succession = new Succession({
      client,
      prefix,
      life,
      tools: this.#tools,
      log,
      warnings: this.#warnings,
      returned: ({ handedBack, failed }) => this.#parts.say({ kind: "inherited", handedBack, failed }),
      waiting: (jobs) => this.#parts.say({ kind: "waiting", ...jobs }),
      lane: (queue) => this.#lane(queue),
    });
  }

  told(message: InitToKeeper): void {
    switch (message.kind) {
      case "guard":
        if (message.queues.length > 0) this.#guarded.set(message.owner, message.queues);
        else this.#guarded.delete(message.owner);
        for (const queue of message.queues) this.#succession.takesFrom(this.#lane(queue));
        this.#firstLook ??= setTimeout(() => this.#look(), firstLookMs);
        return;
      case "handBack":
        this.#guarded.delete(message.owner);
        void this.#handBack(message);
        return;
      case "leaving":
        void this.#succession.leaving(message.queues.map((queue) => this.#lane(queue)));
        return;
    }
  }

  close(): void {
    this.#closed = true;
    this.#succession.close();
    clearInterval(this.#headLook);
    clearInterval(this.#looks);
    clearTimeout(this.#firstLook);
    for (const lane of this.#lanes.values()) void lane.close();
    this.#connection.close();
  }

  /** Until Redis has taken it, or its locks are over: init gives up then, and BullMQ's stalled check must find what is left. */
  async #handBack(order: HandBack): Promise<void> {
    const { lockDurationMs } = this.#parts;
    const lanes = order.queues.map((queue) => this.#lane(queue));
    const done = nothingReturned();
    const untilMs = performance.now() + lockDurationMs;
    while (!this.#closed && performance.now() < untilMs) {
      const refused = await returnJobs(this.#tools, lanes, order, done);
      if (refused === undefined) {
        this.#parts.say({ kind: "returned", worker: order.worker, ...done });
        this.#dead.set(order, performance.now() + lockDurationMs);
        setTimeout(() => this.#look(), lookAgainMs).unref();
        return;
      }
      const fields = { cause: (refused as Error).message, worker: order.worker };
      this.#warnings.warn(fields, "could not hand back; trying again");
      await new Promise((resolve) => setTimeout(resolve, refusedDelayMs));
    }
    if (!isNothing(done)) this.#parts.say({ kind: "returned", worker: order.worker, ...done });
  }

  #look(): void {
    // While Redis is away commands would wait for it, those of each look; one follows the reconnect.
    if (this.#closed || !this.#isConnected) return;
    void this.#turns.take(() => Promise.all([this.#renew(), this.#returnLate()]));
  }

  async #returnLate(): Promise<void> {
    for (const [order, untilMs] of this.#dead) {
      if (untilMs < performance.now()) this.#dead.delete(order);
      const lanes = order.queues.map((queue) => this.#lane(queue));
      // What it was known to hold has been looked for: by now another may have it.
      const late = nothingReturned();
      const refused = await returnJobs(this.#tools, lanes, { ...order, holding: [] }, late);
      if (refused !== undefined) {
        const fields = { cause: (refused as Error).message, worker: order.worker };
        this.#warnings.warn(fields, "could not look again for jobs");
      }
      if (!isNothing(late)) this.#parts.say({ kind: "returned", worker: order.worker, ...late });
    }
  }

  async #renew(): Promise<void> {
    const owners = new Map<string, string[]>();
    for (const [owner, queues] of this.#guarded) {
      for (const queue of queues) owners.set(queue, [...(owners.get(queue) ?? []), owner]);
    }
    const { lockDurationMs, log } = this.#parts;
    const looks = [...owners].map(async ([queue, holders]) => {
      const renewed = await this.#tools.locks.renew(this.#lane(queue).keys, holders, lockDurationMs);
      for (const job of renewed)
        log.info({ queue, job }, `renewed the lock of ${jobText({ queue, id: job })}: its worker is too busy to`);
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
        this.#stale.saw(queue, await this.#heads.head(this.#lane(queue).keys), monotonicClock.now());
    } catch (cause) {
      this.#parts.log.debug({ cause: (cause as Error).message }, "could not look at what waits");
      return;
    }
    const stale = this.#stale.longerThan(this.#parts.wedgedAfterMs / 2, monotonicClock.now());
    if (stale.length > 0 || this.#toldStale) this.#parts.say({ kind: "stale", queues: stale });
    this.#toldStale = stale.length > 0;
  }

  #lane(queue: string): Lane {
    const lane = this.#lanes.get(queue) ?? this.#factory.lane(queue, notRunning);
    this.#lanes.set(queue, lane);
    return lane;
  }
}

/** One look at a time: the next is left out while one is still waiting for Redis, but for one that hangs. */
function everyOne(everyMs: number, look: () => Promise<void>): NodeJS.Timeout {
  const turns = new Turns(looksLeftOut * everyMs);
  return setInterval(() => void turns.take(look), everyMs);
}

/** The keeper's lanes run no job. */
const notRunning = {
  perform: () => Promise.reject(new Error("the keeper runs no job")),
  completed: () => {},
  failed: () => {},
  error: () => {},
  locksLost: () => {},
};
