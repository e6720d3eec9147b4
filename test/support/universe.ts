import type { TimeLimit } from "../../src/config/time-limits.ts";
import type { WorkerSpec } from "../../src/config/workload.ts";
import { nextDeadline, reconcile } from "../../src/init/decide/reconcile.ts";
import type { Action } from "../../src/init/state/action.ts";
import { advance } from "../../src/init/state/advance.ts";
import { applyEvent } from "../../src/init/state/apply-event.ts";
import type { Event } from "../../src/init/state/event.ts";
import { fixedLimits, type Limits } from "../../src/init/state/limits.ts";
import { newWorld } from "../../src/init/state/new-world.ts";
import type { Worker } from "../../src/init/state/worker.ts";
import { isInSlot } from "../../src/init/state/worker-facts.ts";
import type { World } from "../../src/init/state/world.ts";
import type { QueueOptions } from "../../src/protocol/queue-options.ts";
import type { RedisPlace } from "../../src/protocol/redis-place.ts";
import { settingsByDefault } from "./settings.ts";

export const limits: Limits = {
  ...fixedLimits,
  ...settingsByDefault(),
  // Nothing is timed here, so a keeper need not report that it is alive.
  keeperSilentMs: Infinity,
};

/** How processes behave: they may do anything, in any order and at any time. */
export interface Nature {
  readonly engine: "fork" | "spawn";
  readonly workers: number;
  /** If set, there is a keeper, which hands back the jobs of its orders. */
  readonly timeLimits?: readonly TimeLimit[];
  readonly queueOptions?: readonly QueueOptions[];
  /** Default: the application has hooks for the ends of jobs. */
  readonly hearsEnds?: boolean;
  readonly redis?: RedisPlace | undefined;
  /** Default: every worker takes from all queues. */
  readonly specs?: readonly WorkerSpec[];
}

/**
 * A world without processes. For each action it creates the events that well-behaved processes would cause, and the test
 * delivers these in any order. A killed process ends; one that was ordered to drain ends when the test delivers its event.
 */
export class Universe {
  readonly world: World = newWorld();
  readonly nature: Nature;
  readonly #limits: Limits;
  now = 0;
  pending: Event[] = [];
  exited: string | undefined;
  readonly actions: Action[] = [];
  #pid = 100;

  constructor(nature: Nature, given: Limits = limits) {
    this.nature = nature;
    this.#limits = given;
  }

  happen(event: Event): void {
    applyEvent(this.world, event, this.#limits, this.now);
    this.decide();
  }

  decide(): void {
    for (let round = 0; round < 50 && this.exited === undefined; round++) {
      const actions = reconcile(this.world, this.#limits, this.now);
      if (actions.length === 0) return;
      for (const action of actions) {
        advance(this.world, action, this.#limits, this.now);
        this.actions.push(action);
        this.perform(action);
      }
    }
    if (this.exited === undefined)
      throw new Error(`did not settle: ${JSON.stringify(reconcile(this.world, this.#limits, this.now))}`);
  }

  /** Delivers the pending event at this index; the test chooses the order. */
  step(choice: number): void {
    const [event] = this.pending.splice(choice % this.pending.length, 1);
    if (event !== undefined) this.happen(event);
  }

  /** Delivers all events, and lets time pass, until none is pending. */
  settle(): void {
    this.decide();
    for (let turn = 0; turn < 10_000 && this.exited === undefined; turn++) {
      if (this.pending.length > 0) {
        this.step(0);
        continue;
      }
      const next = this.nextDeadline();
      if (!Number.isFinite(next)) return;
      this.now = Math.max(this.now, next);
      this.decide();
    }
    if (this.exited === undefined) throw new Error("never settles");
  }

  nextDeadline(): number {
    return nextDeadline(this.world, this.#limits, this.now);
  }

  taking(slot: number): Worker[] {
    return this.world.workers.filter((worker) => isInSlot(worker, slot) && worker.state === "taking");
  }

  /** Creates the events that well-behaved processes would cause. */
  perform(action: Action): void {
    switch (action.kind) {
      case "startReload":
      case "restartTemplate": {
        const template = this.world.templates.at(-1);
        if (template === undefined) return;
        const specs = this.nature.specs ?? Array.from({ length: this.nature.workers }, () => ({ queues: ["*"] }));
        const { engine } = this.nature;
        const loaded = {
          specs,
          engine,
          engineReason: undefined,
          user: { uid: 0, gid: 0 },
          timeLimits: this.nature.timeLimits ?? [],
          queueOptions: this.nature.queueOptions ?? [],
          hearsEnds: this.nature.hearsEnds ?? true,
          redis: this.nature.redis,
        };
        this.pending.push(
          { kind: "templateLaunched", template: template.id, pid: this.#pid++ },
          { kind: "templateLoaded", template: template.id, loaded, loadMs: 0 },
        );
        return;
      }
      case "retireTemplate":
      case "killTemplate":
        this.#end({ kind: "templateExited", template: action.template, status: { exitCode: 0 } });
        return;
      case "startWorkers":
        this.#started(this.world.workers.slice(-action.slots.length));
        return;
      case "startSpare":
        this.#started(this.world.workers.slice(-1));
        return;
      case "startRunners":
        for (const runner of this.world.runners.slice(-action.count)) {
          this.pending.push(
            { kind: "runnerLaunched", runner: runner.id, pid: this.#pid++ },
            { kind: "runnerPrimed", runner: runner.id, worker: runner.worker },
          );
        }
        return;
      case "killRunner":
        this.#end({ kind: "runnerExited", runner: action.runner, status: { signal: "SIGKILL" } });
        return;
      case "drain":
      case "stop":
        this.#end(
          { kind: "workerExitReport", worker: action.worker, exitReport: exitReport() },
          { kind: "workerExited", worker: action.worker, status: { exitCode: 0 } },
        );
        return;
      case "startKeeper": {
        const keeper = this.world.keeper?.id ?? 0;
        this.pending.push({ kind: "keeperLaunched", keeper, pid: this.#pid++ }, { kind: "keeperReady", keeper });
        return;
      }
      case "killKeeper":
        this.#end({ kind: "keeperExited", keeper: this.world.keeper?.id ?? 0, status: { signal: "SIGKILL" } });
        return;
      case "withdraw":
        this.pending.push({ kind: "keeperWithdrew", keeper: this.world.keeper?.id ?? 0 });
        return;
      case "passOnEnd":
        this.pending.push({ kind: "workerHeardEnd", worker: action.worker, number: action.number });
        return;
      case "askRetryDelay": {
        const answer = { number: action.number, delayMs: 5 };
        this.pending.push({ kind: "workerRetryDelay", worker: action.worker, answer });
        return;
      }
      case "handBack":
        this.pending.push({
          kind: "jobsHandedBack",
          deadWorker: action.deadWorker,
          handedBack: [],
          failed: [],
          wroteCompleted: [],
          wroteFailed: [],
        });
        return;
      case "replace":
        if (action.how === "stop") this.perform({ kind: "stop", worker: action.worker });
        if (action.how === "kill") this.perform({ kind: "kill", worker: action.worker, why: action.why });
        return;
      case "kill":
      case "endJobs":
        this.#end({ kind: "workerExited", worker: action.worker, status: { signal: "SIGKILL" } });
        return;
      case "exit":
        this.exited = action.exit;
        return;
      case "activate":
      case "addWorkers":
      case "removeWorkers":
      case "holdWorkers":
      case "answerRetryDelay":
      case "fallBack":
      case "abandonReload":
      case "giveUp":
      case "giveUpHandBack":
      case "dropEnds":
      case "keeperLeaves":
      case "giveUpQuarantined":
      case "recycle":
      case "tellWaiters":
      case "take":
      case "takeOver":
      case "suspend":
      case "resume":
      // A worker that init has decided to kill does not hear it.
      case "stopUnkilled":
      case "fail":
        return;
    }
  }

  #started(workers: readonly Worker[]): void {
    for (const worker of workers) {
      this.pending.push(
        { kind: "workerLaunched", worker: worker.id, pid: this.#pid++, lockOwner: `owner-${worker.id}` },
        { kind: "workerDialled", worker: worker.id },
        { kind: "workerStarted", worker: worker.id },
        { kind: "workerStatusUpdate", worker: worker.id, statusUpdate: statusUpdate() },
      );
    }
  }

  /** A process that ends sends nothing more. */
  #end(...events: Event[]): void {
    const [first] = events;
    if (first === undefined) return;
    this.pending = this.pending.filter((event) => !concernsSame(event, first));
    this.pending.push(...events);
  }
}

/** Whether both events are about the same process. What a keeper did ends with it. */
export function concernsSame(left: Event, right: Event): boolean {
  if ("runner" in left || "runner" in right)
    return "runner" in left && "runner" in right && left.runner === right.runner;
  if ("worker" in left && "worker" in right) return left.worker === right.worker;
  if ("deadWorker" in left && "keeper" in right) return true;
  if ("keeper" in left && "keeper" in right) return left.keeper === right.keeper;
  if ("template" in left && "template" in right) return left.template === right.template;
  return false;
}

function statusUpdate() {
  return {
    mode: "taking" as const,
    suspended: false,
    suspensionOrders: 0,
    connected: true,
    queues: ["jobs"],
    holding: [],
    finished: 0,
    failed: 0,
  };
}

function exitReport() {
  return { finished: 1, failed: 0, handedBack: [], lost: [], unwritten: [], mayHoldUndelivered: false };
}
