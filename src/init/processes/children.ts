import { type InstanceId, newLockOwner } from "../../protocol/instance-id.ts";
import type { InitToKeeper, InitToTemplate, InitToWorker } from "../../protocol/messages.ts";
import type { Event, ExitStatus } from "../state/event.ts";
import { exitEvent, type ProcessName } from "../state/process-end.ts";
import type { Worker } from "../state/worker.ts";
import type { AnyChild, KeeperChild, TemplateChild, WorkerChild } from "./child.ts";
import { KnownProcess } from "./known-process.ts";
import { Link } from "./link.ts";
import { Strangers } from "./strangers.ts";

/** A child that has not dialled yet. */
export type AwaitedChild =
  | { readonly role: "template"; readonly child: TemplateChild }
  | { readonly role: "worker"; readonly child: WorkerChild }
  | { readonly role: "keeper"; readonly child: KeeperChild };

/** Every process that init has started or ordered, by token, by pid and by id, up to the event of its end. */
export class Children {
  readonly #push: (event: Event) => void;
  /** undefined: no keeper will say that it is not over, and the jobs of these workers must not be taken for orphaned. */
  readonly #instanceId: () => InstanceId | undefined;
  readonly #templates = new Map<number, TemplateChild>();
  readonly #workers = new Map<number, WorkerChild>();
  #keeper: KeeperChild | undefined;
  readonly #strangers = new Strangers();

  constructor(push: (event: Event) => void, instanceId: () => InstanceId | undefined) {
    this.#push = push;
    this.#instanceId = instanceId;
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

  expectKeeper(id: number): Link<InitToKeeper> {
    const link = new Link<InitToKeeper>((status) => {
      if (this.#keeper?.id === id) this.#keeper = undefined;
      this.#push({ kind: "keeperExited", keeper: id, status });
    });
    this.#keeper = { id, link, process: undefined };
    return link;
  }

  /** Of all of them that have been launched. */
  get pids(): number[] {
    return this.#all().flatMap(({ process }) => process?.pid ?? []);
  }

  /** The child that was given this token, if it has not used it. */
  awaited(token: string): AwaitedChild | undefined {
    const isMeant = ({ link }: AnyChild) => link.token === token && !link.isAttached;
    const template = [...this.#templates.values()].find(isMeant);
    if (template !== undefined) return { role: "template", child: template };
    const worker = [...this.#workers.values()].find(isMeant);
    if (worker !== undefined) return { role: "worker", child: worker };
    const keeper = this.#keeper;
    return keeper !== undefined && isMeant(keeper) ? { role: "keeper", child: keeper } : undefined;
  }

  /** Its start failed before anything came of it. One that has been launched all the same is as it is. */
  notStarted(name: ProcessName, why: string): void {
    const child = this.#find(name);
    const status: ExitStatus = { unknown: true, notStarted: why };
    if (child === undefined) this.#push(exitEvent(name, status));
    else if (child.process === undefined) child.link.exited(status);
  }

  /** The kernel knows no such process: somebody else has reaped it, and took its status. */
  gone(name: ProcessName): void {
    this.#find(name)?.link.exited({ unknown: true });
  }

  /** The world knows it no longer: whatever becomes of it is no event. */
  forget(name: ProcessName): void {
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

  /** For signals. undefined: it has not been launched, or is gone. */
  processOf(name: ProcessName): KnownProcess | undefined {
    return this.#find(name)?.process;
  }

  keeperSpawned(id: number, pid: number): void {
    if (this.#keeper?.id !== id) return;
    this.#keeper.process = KnownProcess.spawned(pid);
    this.#push({ kind: "keeperLaunched", keeper: id, pid });
  }

  templateSpawned(id: number, pid: number): void {
    const child = this.#templates.get(id);
    if (child === undefined) return;
    child.process = KnownProcess.spawned(pid);
    this.#push({ kind: "templateLaunched", template: id, pid });
  }

  workerSpawned(id: number, pid: number): void {
    const child = this.#workers.get(id);
    if (child !== undefined) this.#launched(child, KnownProcess.spawned(pid));
  }

  /** By its own hello, or by the template that forked it, whichever comes first. Returns why that is not believed. */
  workerForked(id: number, pid: number): string | undefined {
    const child = this.#workers.get(id);
    if (child === undefined || child.process?.pid === pid) return undefined;
    if (child.process !== undefined) return `its worker is process ${child.process.pid}`;
    if (this.#all().some(({ process }) => process?.pid === pid)) return "it is another process of forker's";
    const status = this.#strangers.take(pid);
    const known = status === undefined ? KnownProcess.forked(pid, child.uid) : KnownProcess.ended(pid);
    if (typeof known === "string") return known;
    this.#launched(child, known);
    if (status !== undefined) child.link.exited(status);
    return undefined;
  }

  /** A template reports the process of a worker. Returns why that is not believed. */
  workerForkedBy(template: number, id: number, pid: number): string | undefined {
    const child = this.#workers.get(id);
    if (child !== undefined && child.template !== template) return "it was not asked for that worker";
    return this.workerForked(id, pid);
  }

  /** A template reports that it could not fork a worker. False: it was not asked to, or the worker lives. */
  workerNotForkedBy(template: number, id: number): boolean {
    const child = this.#workers.get(id);
    if (child === undefined || child.template !== template || child.process !== undefined) return false;
    this.forget({ role: "worker", id });
    return true;
  }

  #launched(child: WorkerChild, known: KnownProcess): void {
    child.process = known;
    this.#push({ kind: "workerLaunched", worker: child.id, pid: known.pid, lockOwner: child.link.token });
  }

  /** False: not one of ours, an orphan that somebody left behind. */
  exited(pid: number, status: ExitStatus): boolean {
    const child = [...this.#templates.values(), ...this.#workers.values()].find((one) => one.process?.pid === pid);
    if (child !== undefined) {
      child.link.exited(status);
      return true;
    }
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
      case "keeper":
        return this.#keeper?.id === id ? this.#keeper : undefined;
    }
  }
}
