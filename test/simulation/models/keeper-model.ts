import type { InitToKeeper, KeeperMessage } from "../../../src/protocol/keeper-messages.ts";
import type { KeeperLaunchConfig } from "../../../src/protocol/launch-config.ts";
import type { JobName } from "../../../src/protocol/messages.ts";
import { type Job, nameOf, queue } from "../machine/job-store.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import { ChildModel } from "./child-model.ts";
import type { Container } from "./container.ts";

type HandBack = Extract<InitToKeeper, { kind: "handBack" }>;

const aliveEveryMs = 1_000;
const againMs = 250;
const deathsAtMost = 2;
const releaseEveryMs = 2_000;
/** Redis takes its time. */
const releasedWithinMs = 400;

/** The keeper as init sees it: it reports, hands back, and renews the locks of workers that cannot. */
export class KeeperModel extends ChildModel<InitToKeeper, KeeperMessage> {
  readonly connection: unknown;
  readonly #guarded = new Map<string, number>();
  #hasReportedStale = false;
  #isReleasing = false;
  /** undefined: init has not told it to take part in the fleet. */
  #fleetAfter: string | undefined;
  #ruleNumber: number | undefined;
  #dueQueues: readonly string[] = [];

  constructor(container: Container, process: SimulatedProcess, launch: KeeperLaunchConfig) {
    super(container, process);
    this.connection = launch.connection;
    this.dial(launch.token, {
      message: (message) => this.#receive(message),
      closed: () => this.exit(0),
    });
    this.#everySecond();
    this.#renew();
  }

  #everySecond(): void {
    this.send({ kind: "alive" });
    this.#reportStale();
    this.#readFleet();
    this.#reportDue();
    if (this.container.store.quarantined.length > 0 && !this.#isReleasing) this.#releaseOneByOne();
    this.after(aliveEveryMs, () => this.#everySecond());
  }

  #reportDue(): void {
    const { store, windows } = this.container;
    if (this.#dueQueues.length === 0 || !windows.isRedisUp) return;
    const jobs = (name: string) => (name === queue ? store.waiting.length : 0);
    this.container.dueCounts.push({ at: this.now, jobs: jobs(queue) });
    this.send({ kind: "dueJobs", queues: this.#dueQueues.map((name) => ({ queue: name, jobs: jobs(name) })) });
  }

  #reportStale(): void {
    const { store, settings, schedule, windows } = this.container;
    const { stuckTimeoutMs } = settings;
    if (stuckTimeoutMs === 0 || !windows.isRedisUp) return;
    const isStale = schedule.time.now - store.headSince >= stuckTimeoutMs;
    if (!isStale && !this.#hasReportedStale) return;
    this.#hasReportedStale = isStale;
    this.send({ kind: "stale", queues: isStale ? [{ queue, since: store.headSince }] : [] });
  }

  #readFleet(): void {
    const { fleet, windows } = this.container;
    if (this.#fleetAfter === undefined || !windows.isRedisUp) return;
    for (const order of fleet.after(this.#fleetAfter, this.now)) this.send(order);
    this.#fleetAfter = fleet.latest;
    if (fleet.rule.number === this.#ruleNumber) return;
    this.#ruleNumber = fleet.rule.number;
    this.send({ kind: "fleetRuled", rule: fleet.rule });
  }

  /** One that replaces another may read the latest command again. */
  #joinFleet(after: string | undefined): void {
    const { fleet, schedule } = this.container;
    const latest = after ?? fleet.latest;
    this.send({ kind: "fleetJoined", after: latest });
    this.#fleetAfter = after !== undefined && schedule.chance(0.5) ? fleet.before(latest) : latest;
  }

  #receive(message: InitToKeeper): void {
    switch (message.kind) {
      case "guard":
        if (message.queues.length > 0) this.#guarded.set(message.lockOwner, message.worker);
        else this.#guarded.delete(message.lockOwner);
        return;
      case "handBack":
        this.#guarded.delete(message.lockOwner);
        return this.after(this.container.schedule.between(1, 20), () => this.#handBack(message));
      case "leaving":
        return this.after(this.container.schedule.between(1, releasedWithinMs), () => this.#releaseAll());
      case "withdraw":
        return this.after(this.container.schedule.between(1, releasedWithinMs), () => this.send({ kind: "withdrawn" }));
      case "announce":
        if (this.#fleetAfter !== undefined) return;
        this.#joinFleet(message.after);
        return;
      case "watchDueJobs":
        this.#dueQueues = message.queues;
        return;
      case "fleetAnswer":
      case "countJobs":
      case "options":
      case "retryDelay":
        return;
    }
  }

  #handBack(order: HandBack): void {
    const { store, windows } = this.container;
    if (!windows.isRedisUp) return this.after(againMs, () => this.#handBack(order));
    const handedBack: JobName[] = [];
    const failed: JobName[] = [];
    for (const job of store.heldBy(order.lockOwner)) {
      const ending = order.endings.find(({ id }) => id === job.id);
      if (order.counts && ending === undefined) job.deaths += 1;
      const fails = ending?.outcome === "fail" || ending?.outcome === "retry" || job.deaths > deathsAtMost;
      if (fails) this.#fail(job, order.lockOwner, failed);
      else if (store.handBack(job, order.lockOwner)) handedBack.push(nameOf(job));
    }
    const { worker } = order;
    this.send({ kind: "handedBack", worker, handedBack, failed, wroteCompleted: [], wroteFailed: [] });
  }

  #fail(job: Job, lockOwner: string, failed: JobName[]): void {
    if (!this.container.store.finish(job, lockOwner, "failed")) return;
    failed.push(nameOf(job));
    const question = { number: 1, ...nameOf(job), attemptsMade: 1, failure: { name: "Error", message: "died" } };
    this.send({ kind: "askRetryDelay", ...question });
    this.send({ kind: "ended", report: { ...nameOf(job), attemptsMade: 1, finishedOn: 1 } });
  }

  #renew(): void {
    const { store, windows, settings } = this.container;
    if (windows.isRedisUp)
      for (const lockOwner of this.#guarded.keys())
        for (const job of store.heldBy(lockOwner)) store.renew(job, lockOwner);
    this.after(settings.lockDurationMs / 4, () => this.#renew());
  }

  #releaseOneByOne(): void {
    const { store } = this.container;
    this.#reportQuarantined();
    this.#isReleasing = store.quarantined.length > 0;
    if (!this.#isReleasing) return;
    this.after(releaseEveryMs, () => {
      const job = store.quarantined.shift();
      if (job !== undefined) store.release(job);
      this.#releaseOneByOne();
    });
  }

  #releaseAll(): void {
    const { store, windows } = this.container;
    if (!windows.isRedisUp) return this.after(againMs, () => this.#releaseAll());
    const jobs = store.quarantined.splice(0);
    if (jobs.length === 0) return;
    for (const job of jobs) store.release(job);
    this.send({ kind: "recovered", handedBack: jobs.map(nameOf), failed: [] });
    this.#reportQuarantined();
  }

  #reportQuarantined(): void {
    const { quarantined } = this.container.store;
    // init does not hear of them on a channel that is closed.
    if (!this.isFaulty) for (const job of quarantined) job.quarantinedAt = Math.min(job.quarantinedAt, this.now);
    const latest = quarantined.map(nameOf);
    this.send({ kind: "quarantined", count: latest.length, latest, queues: latest.length > 0 ? [queue] : [] });
  }
}
