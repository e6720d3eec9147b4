import type { TemplateLaunchConfig } from "../../../src/protocol/launch-config.ts";
import type { ForkOrder, InitToTemplate, RunnerOrder, TemplateMessage } from "../../../src/protocol/messages.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Release } from "../scenario/scenario.ts";
import { ChildModel } from "./child-model.ts";
import type { Container } from "./container.ts";
import { loadedMessage } from "./loaded-message.ts";
import { RunnerModel } from "./runner-model.ts";

const failure = { code: "ERR_FORKER_LOAD", message: "the release is broken", exit: "bootFailure" };

/** A template as init sees it: it loads a release, and forks what it is ordered to fork. */
export class TemplateModel extends ChildModel<InitToTemplate, TemplateMessage> {
  readonly release: Release;
  readonly #launch: TemplateLaunchConfig;
  readonly #orders: ForkOrder[] = [];
  readonly #runnerOrders: RunnerOrder[] = [];
  #isRetiring = false;
  hasLoaded = false;
  loadedAt = Infinity;
  /** When it said that its trial fork begins. */
  triedAt = Infinity;
  retireAskedAt = Infinity;
  /** When it said that it could not load. */
  failedAt = Infinity;
  hasSaidBroken = false;
  /** Orders that it has received and neither carried out nor refused, with when they came. */
  readonly owed = new Map<number, number>();

  constructor(container: Container, process: SimulatedProcess, launch: TemplateLaunchConfig) {
    super(container, process);
    this.#launch = launch;
    this.release = container.deployed;
    if (!container.generations.has(launch.generation)) container.generations.set(launch.generation, this.release);
    this.dial(launch.token, {
      message: (message) => this.#receive(message),
      closed: () => this.exit(0),
    });
    const { loadMs } = this.release;
    this.after(loadMs * (container.windows.isOpen("slow") ? 10 : 1), () => this.#load());
  }

  get generation(): number {
    return this.#launch.generation;
  }

  #load(): void {
    const { load } = this.release;
    switch (load) {
      case "hangs":
        return;
      case "exits":
        return this.exit(3);
      case "fails":
        return this.#refuse();
      case "loads":
      case "diesInTrial":
      case "hangsInTrial":
        return this.#try(load);
    }
  }

  #refuse(): void {
    this.failedAt = this.now;
    this.send({ kind: "loadFailed", failure });
    this.exit(70);
  }

  #try(load: "loads" | "diesInTrial" | "hangsInTrial"): void {
    const { settings } = this.#launch;
    const engine = settings.engine === "auto" ? this.release.engine : settings.engine;
    if (engine === "spawn" && this.release.isolates) return this.#refuse();
    if (engine === "spawn") return this.#loaded("spawn");
    this.triedAt = Math.min(this.triedAt, this.now);
    this.send({ kind: "trying" });
    if (load === "hangsInTrial") return;
    this.after(this.container.schedule.between(20, 400), () => {
      if (load === "loads") this.#loaded("fork");
      else this.container.machine.kill(this.process, "SIGSEGV", "trial");
    });
  }

  #loaded(engine: "fork" | "spawn"): void {
    this.hasLoaded = true;
    this.loadedAt = this.now;
    const reason = this.#launch.settings.spawnReason;
    this.send(loadedMessage(this.release, engine, reason));
  }

  #receive(message: InitToTemplate): void {
    if (message.kind === "retire") {
      this.retireAskedAt = Math.min(this.retireAskedAt, this.now);
      this.#isRetiring = true;
      this.#retireIfIdle();
      return;
    }
    const { schedule, windows } = this.container;
    this.#orders.push(...message.workers);
    this.#runnerOrders.push(...(message.runners ?? []));
    for (const { worker } of message.workers) this.owed.set(worker, schedule.time.now);
    const slowness = windows.isOpen("slow") ? 50 : 1;
    this.after(schedule.between(2, 30) * slowness, () => this.#fork());
  }

  #fork(): void {
    const { windows, machine, schedule } = this.container;
    if (windows.isOpen("forkHangs")) {
      this.process.block(40_000);
      this.after(0, () => this.#fork());
      return;
    }
    const orders = this.#orders.splice(0);
    const runnerOrders = this.#runnerOrders.splice(0);
    if (orders.length + runnerOrders.length === 0) return this.#retireIfIdle();
    for (const { worker } of orders) this.owed.delete(worker);
    const broken = windows.isOpen("brokenFork");
    if (broken || windows.isOpen("fork")) {
      this.hasSaidBroken ||= broken;
      const message = broken ? "the template shares a server" : "fork: EAGAIN";
      const workers = orders.map(({ worker }) => worker);
      const runners = runnerOrders.map(({ runner }) => runner);
      for (const { host } of runnerOrders) this.#noteUnstarted(host.secret);
      const failed = { kind: "forkFailed", workers, broken, failure: { code: "ERR_FORKER_FORK", message } } as const;
      this.send(runners.length === 0 ? failed : { ...failed, runners });
      return this.#retireIfIdle();
    }
    const forked = orders.map((order) => {
      const child = machine.add("worker", false);
      if (windows.isOpen("stillborn")) machine.kill(child, "SIGSEGV", "stillborn");
      else this.container.beWorker(child, { ...this.#launch, role: "worker", engine: "fork", ...order }, this.release);
      return { worker: order.worker, pid: child.pid };
    });
    const runners = runnerOrders.map((order) => ({ runner: order.runner, pid: this.#forkRunner(order) }));
    // Some die before they have reported the pids.
    if (schedule.chance(0.02)) machine.kill(this.process, "SIGSEGV", "itself");
    else this.send({ kind: "forked", workers: forked, ...(runners.length > 0 && { runners }) });
    this.#retireIfIdle();
  }

  #forkRunner(order: RunnerOrder): number {
    const { windows, machine, workers, runners } = this.container;
    const child = machine.add("runner", false);
    const worker = [...workers.values()].find(({ token }) => token === order.host.secret);
    if (worker === undefined || windows.isOpen("stillborn")) {
      machine.kill(child, "SIGSEGV", "stillborn");
      this.#noteUnstarted(order.host.secret);
    } else {
      const model = new RunnerModel(this.container, child, order, worker);
      child.program = model;
      runners.set(child.pid, model);
    }
    return child.pid;
  }

  #noteUnstarted(worker: string): void {
    this.container.unstartedRunners.push({ at: this.now, worker });
  }

  #retireIfIdle(): void {
    if (this.#isRetiring && this.#orders.length + this.#runnerOrders.length === 0)
      this.after(this.release.teardownMs, () => this.exit(0));
  }
}
