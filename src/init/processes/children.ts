import { type InstanceId, newLockOwner } from "../../protocol/instance-id.ts";
import type { InitToKeeper } from "../../protocol/keeper-messages.ts";
import type { InitToTemplate, InitToWorker } from "../../protocol/messages.ts";
import type { Event, ExitStatus } from "../state/event.ts";
import { exitEvent } from "../state/process-end.ts";
import type { ProcessName } from "../state/process-name.ts";
import type { Runner } from "../state/runner.ts";
import type { Worker } from "../state/worker.ts";
import { type AnyChild, type KeeperChild, signallable, type TemplateChild, type WorkerChild } from "./child.ts";
import { Link } from "./link.ts";
import { kernelsProcessTable, type ProcessTable, type Signallable } from "./process-table.ts";
import { RunnerChildren } from "./runner-children.ts";
import { Strangers } from "./strangers.ts";

/** A child that has not connected yet. */
export type AwaitedChild =
  | { readonly role: "template"; readonly child: TemplateChild }
  | { readonly role: "worker"; readonly child: WorkerChild }
  | { readonly role: "keeper"; readonly child: KeeperChild };

/** Every process that init has started or ordered, by token, by pid and by id, until its exit event. */
export class Children {
  readonly #push: (event: Event) => void;
  /** undefined: no keeper renews this instance's lease, so the jobs of its workers must not look like orphaned jobs. */
  readonly #instanceId: () => InstanceId | undefined;
  readonly #table: ProcessTable;
  readonly #templates = new Map<number, TemplateChild>();
  readonly #workers = new Map<number, WorkerChild>();
  #keeper: KeeperChild | undefined;
  readonly #strangers = new Strangers();
  readonly #runners: RunnerChildren;

  constructor(
    push: (event: Event) => void,
    instanceId: () => InstanceId | undefined,
    table: ProcessTable = kernelsProcessTable,
  ) {
    this.#push = push;
    this.#instanceId = instanceId;
    this.#table = table;
    this.#runners = new RunnerChildren(push, table, this.#strangers);
  }

  expectTemplate(id: number): Link<InitToTemplate> {
    const link = new Link<InitToTemplate>((status) => {
      this.#templates.delete(id);
      this.#push({ kind: "templateExited", template: id, status });
    });
    this.#templates.set(id, { id, link, process: undefined });
    return link;
  }

  expectWorker({ id, uid, template }: Pick<Worker, "id" | "uid" | "template">): Link<InitToWorker> {
    const link = new Link<InitToWorker>((status) => {
      this.#workers.delete(id);
      this.#push({ kind: "workerExited", worker: id, status });
    }, newLockOwner(this.#instanceId()));
    this.#workers.set(id, { id, uid, template, link, process: undefined });
    return link;
  }

  expectRunner(runner: Runner): void {
    this.#runners.expect(runner);
  }

  expectKeeper(id: number): Link<InitToKeeper> {
    const link = new Link<InitToKeeper>((status) => {
      if (this.#keeper?.id === id) this.#keeper = undefined;
      this.#push({ kind: "keeperExited", keeper: id, status });
    });
    this.#keeper = { id, link, process: undefined };
    return link;
  }

  /** The pids of all children that have been launched. */
  get pids(): number[] {
    return [...this.#all(), ...this.#runners.all].flatMap(({ process }) => process?.pid ?? []);
  }

  /** The child with this token, unless it has already used it. */
  awaited(token: string): AwaitedChild | undefined {
    const isMeant = ({ link }: AnyChild) => link.token === token && !link.isAttached;
    const template = [...this.#templates.values()].find(isMeant);
    if (template !== undefined) return { role: "template", child: template };
    const worker = [...this.#workers.values()].find(isMeant);
    if (worker !== undefined) return { role: "worker", child: worker };
    const keeper = this.#keeper;
    return keeper !== undefined && isMeant(keeper) ? { role: "keeper", child: keeper } : undefined;
  }

  /** Reports that a child's start failed. Does nothing if the child was launched after all. */
  notStarted(name: ProcessName, why: string): void {
    const status: ExitStatus = { unknown: true, notStarted: why };
    if (name.role === "runner") return this.#runners.exited(name.id, status);
    const child = this.#find(name);
    if (child === undefined) this.#push(exitEvent(name, status));
    else if (child.process === undefined) child.link.exited(status);
  }

  /** The kernel no longer has this process: it was reaped elsewhere, and its exit status is lost. */
  gone(name: ProcessName): void {
    if (name.role === "runner") this.#runners.exited(name.id, { unknown: true });
    else this.#find(name)?.link.exited({ unknown: true });
  }

  /** Drops a child that the world no longer contains, without an exit event. */
  forget(name: ProcessName): void {
    if (name.role === "runner") return this.#runners.forget(name.id);
    this.#find(name)?.link.abandon();
    if (name.role === "template") this.#templates.delete(name.id);
    else if (name.role === "worker") this.#workers.delete(name.id);
    else if (this.#keeper?.id === name.id) this.#keeper = undefined;
  }

  template(id: number): Link<InitToTemplate> | undefined {
    return this.#templates.get(id)?.link;
  }

  worker(id: number): Link<InitToWorker> | undefined {
    return this.#workers.get(id)?.link;
  }

  get keeper(): Link<InitToKeeper> | undefined {
    return this.#keeper?.link;
  }

  /** The process to send signals to. undefined: it has not been launched, or has ended. */
  processOf(name: ProcessName): Signallable | undefined {
    if (name.role === "runner") return this.#runners.processOf(name.id);
    const child = this.#find(name);
    return child === undefined ? undefined : signallable(child);
  }

  keeperSpawned(id: number, pid: number): void {
    if (this.#keeper?.id !== id) return;
    this.#keeper.process = this.#table.spawned(pid);
    this.#push({ kind: "keeperLaunched", keeper: id, pid });
  }

  templateSpawned(id: number, pid: number): void {
    const child = this.#templates.get(id);
    if (child === undefined) return;
    child.process = this.#table.spawned(pid);
    this.#push({ kind: "templateLaunched", template: id, pid });
  }

  workerSpawned(id: number, pid: number): void {
    const child = this.#workers.get(id);
    if (child !== undefined) this.#launched(child, this.#table.spawned(pid));
  }

  /** Sets a worker's pid, by its hello or by its template's report, whichever is first. Returns why the pid is rejected. */
  workerForked(id: number, pid: number): string | undefined {
    const child = this.#workers.get(id);
    if (child === undefined || child.process?.pid === pid) return undefined;
    if (child.process !== undefined) return `the worker is already process ${child.process.pid}`;
    if (this.#hasPid(pid)) return "the pid belongs to another process of forker";
    const status = this.#strangers.take(pid);
    const known = status === undefined ? this.#table.forked(pid, child.uid) : this.#table.ended(pid);
    if ("why" in known) return known.why;
    this.#launched(child, known);
    if (status !== undefined) child.link.exited(status);
    return undefined;
  }

  /** Handles a template's report that it has forked a worker. Returns why the report is rejected. */
  workerForkedBy(template: number, id: number, pid: number): string | undefined {
    const child = this.#workers.get(id);
    if (child !== undefined && child.template !== template) return "the template was not asked for this worker";
    return this.workerForked(id, pid);
  }

  /** The same for a runner. */
  runnerForkedBy(template: number, id: number, pid: number): string | undefined {
    return this.#runners.forkedBy(template, id, pid, (one) => this.#hasPid(one));
  }

  /** Handles a worker's report that its runner has reached it. */
  runnerReached(worker: number, id: number, pid: number): void {
    this.#runners.reached(worker, id, pid, (one) => this.#hasPid(one));
  }

  /** Verifies the pids of runners that init could not verify when they were reported. */
  verifyAgain(): void {
    this.#runners.verifyAgain((one) => this.#hasPid(one));
  }

  /** Handles a template's report that it could not fork a runner. False: it was not asked to, or the runner exists. */
  runnerNotForkedBy(template: number, id: number): boolean {
    return this.#runners.notForkedBy(template, id);
  }

  isRunner(pid: number): boolean {
    return this.#runners.has(pid);
  }

  #hasPid(pid: number): boolean {
    return [...this.#all(), ...this.#runners.all].some(({ process }) => process?.pid === pid);
  }

  /** Handles a template's report that it could not fork a worker. False: it was not asked to, or the worker exists. */
  workerNotForkedBy(template: number, id: number): boolean {
    const child = this.#workers.get(id);
    if (child === undefined || child.template !== template || child.process !== undefined) return false;
    this.forget({ role: "worker", id });
    return true;
  }

  #launched(child: WorkerChild, known: Signallable): void {
    child.process = known;
    this.#push({ kind: "workerLaunched", worker: child.id, pid: known.pid, lockOwner: child.link.token });
  }

  /** False: the process is not a child that init started, but an orphan. */
  exited(pid: number, status: ExitStatus): boolean {
    const child = [...this.#templates.values(), ...this.#workers.values()].find((one) => one.process?.pid === pid);
    if (child !== undefined) {
      child.link.exited(status);
      return true;
    }
    if (this.#runners.reaped(pid, status)) return true;
    this.#strangers.add(pid, status);
    return false;
  }

  #all(): AnyChild[] {
    const keeper = this.#keeper === undefined ? [] : [this.#keeper];
    return [...this.#templates.values(), ...this.#workers.values(), ...keeper];
  }

  #find({ role, id }: ProcessName): AnyChild | undefined {
    switch (role) {
      case "template":
        return this.#templates.get(id);
      case "worker":
        return this.#workers.get(id);
      case "runner":
        return undefined;
      case "keeper":
        return this.#keeper?.id === id ? this.#keeper : undefined;
    }
  }
}
