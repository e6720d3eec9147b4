import type { Action } from "../../src/init/action.ts";
import { advance } from "../../src/init/advance.ts";
import { applyEvent } from "../../src/init/apply-event.ts";
import type { Event } from "../../src/init/event.ts";
import { fixedLimits, type Limits } from "../../src/init/limits.ts";
import { nextDeadline, reconcile } from "../../src/init/reconcile.ts";
import { newWorld, type Worker, type World } from "../../src/init/world.ts";

export const limits: Limits = {
  ...fixedLimits,
  bootTimeoutMs: 60_000,
  drainTimeoutMs: 25_000,
  reloadDrainTimeoutMs: 900_000,
  stopTimeoutMs: 2_000,
};

/** How processes behave: everything is possible, nothing is timed. */
export interface Nature {
  readonly engine: "fork" | "spawn";
  readonly workers: number;
}

/**
 * A world without processes: it performs actions by making the events that well-behaved processes would cause, which the
 * test then lets happen in any order. A killed process ends; one that is told to drain ends when its event is let happen.
 */
export class Universe {
  readonly world: World = newWorld();
  readonly nature: Nature;
  now = 0;
  pending: Event[] = [];
  exited: string | undefined;
  readonly actions: Action[] = [];
  #pid = 100;

  constructor(nature: Nature) {
    this.nature = nature;
  }

  happen(event: Event): void {
    applyEvent(this.world, event, limits, this.now);
    this.decide();
  }

  decide(): void {
    for (let round = 0; round < 50 && this.exited === undefined; round++) {
      const actions = reconcile(this.world, limits, this.now);
      if (actions.length === 0) return;
      for (const action of actions) {
        advance(this.world, action, limits, this.now);
        this.actions.push(action);
        this.#perform(action);
      }
    }
    if (this.exited === undefined)
      throw new Error(`no rest: ${JSON.stringify(reconcile(this.world, limits, this.now))}`);
  }

  /** Lets the pending event at this place happen; the order is the test's. */
  step(choice: number): void {
    const [event] = this.pending.splice(choice % this.pending.length, 1);
    if (event !== undefined) this.happen(event);
  }

  /** Lets everything happen, and time pass, until nothing is left to come. */
  settle(): void {
    this.decide();
    for (let turn = 0; turn < 10_000 && this.exited === undefined; turn++) {
      if (this.pending.length > 0) {
        this.step(0);
        continue;
      }
      const next = nextDeadline(this.world, this.now);
      if (!Number.isFinite(next)) return;
      this.now = Math.max(this.now, next);
      this.decide();
    }
    if (this.exited === undefined) throw new Error("never settles");
  }

  taking(slot: number): Worker[] {
    return this.world.workers.filter((worker) => worker.slot === slot && worker.state === "taking");
  }

  #perform(action: Action): void {
    switch (action.kind) {
      case "startReload":
      case "restartTemplate": {
        const template = this.world.templates.at(-1);
        if (template === undefined) return;
        const specs = Array.from({ length: this.nature.workers }, () => ({ queues: ["*"], concurrency: 1 }));
        const { engine } = this.nature;
        const loaded = { number: template.generation, specs, engine, engineReason: undefined };
        this.pending.push(
          { kind: "templateBorn", template: template.id, pid: this.#pid++ },
          { kind: "templateLoaded", template: template.id, loaded },
        );
        return;
      }
      case "retireTemplate":
      case "killTemplate":
        this.#end({ kind: "templateExited", template: action.template, status: { exitCode: 0 } });
        return;
      case "startWorkers":
        for (const worker of this.world.workers.slice(-action.slots.length)) {
          this.pending.push(
            { kind: "workerBorn", worker: worker.id, pid: this.#pid++ },
            { kind: "workerStarted", worker: worker.id },
          );
        }
        return;
      case "drain":
      case "stop":
        this.#end(
          { kind: "workerFarewell", worker: action.worker, farewell: farewell() },
          { kind: "workerExited", worker: action.worker, status: { exitCode: 0 } },
        );
        return;
      case "kill":
        this.#end({ kind: "workerExited", worker: action.worker, status: { signal: "SIGKILL" } });
        return;
      case "exit":
        this.exited = action.exit;
        return;
      case "adopt":
      case "abandonReload":
      case "giveUp":
      case "take":
      case "suspend":
      case "resume":
      case "fail":
        return;
    }
  }

  /** A process that ends says nothing else any more. */
  #end(...events: Event[]): void {
    const [first] = events;
    if (first === undefined) return;
    this.pending = this.pending.filter((event) => !concernsSame(event, first));
    this.pending.push(...events);
  }
}

function concernsSame(left: Event, right: Event): boolean {
  if ("worker" in left && "worker" in right) return left.worker === right.worker;
  if ("template" in left && "template" in right) return left.template === right.template;
  return false;
}

function farewell() {
  return { finished: 1, failed: 0, handedBack: [], lost: [], recycle: false };
}
