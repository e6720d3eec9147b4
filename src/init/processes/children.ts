import type net from "node:net";
import { type Peer } from "../../admin/control-socket.ts";
import { Channel } from "../../protocol/channel.ts";
import { type Life, newOwner } from "../../protocol/life.ts";
import {
  type InitToKeeper,
  type InitToTemplate,
  type InitToWorker,
  type KeeperMessage,
  keeperMessage,
  type TemplateMessage,
  templateMessage,
  type WorkerMessage,
  workerMessage,
} from "../../protocol/messages.ts";
import type { Event, ExitStatus } from "../state/event.ts";
import { exitEvent, type ProcessName } from "../state/process-end.ts";
import { KnownProcess } from "./known-process.ts";
import { Link } from "./link.ts";
import { keeperEvents, type TemplateSaid, templateEvents, workerEvents } from "./translate.ts";

interface Child<Outgoing> {
  readonly id: number;
  readonly link: Link<Outgoing>;
  process: KnownProcess | undefined;
}

interface WorkerChild extends Child<InitToWorker> {
  /** The user that it has to run as. */
  readonly uid: number;
}

/** An orphan's status is kept for this long, in case a template names it as a worker of ours only later. */
const rememberedStrangers = 1_000;

/** Everybody that init has asked to be born, by token, by pid and by id: turns what they say and how they end into events. */
export class Children {
  readonly #push: (event: Event) => void;
  readonly #said: (said: TemplateSaid) => void;
  /** undefined: no keeper will say that it is not over, and the jobs of these workers must not be taken for left behind. */
  readonly #life: () => Life | undefined;
  readonly #templates = new Map<number, Child<InitToTemplate>>();
  readonly #workers = new Map<number, WorkerChild>();
  #keeper: Child<InitToKeeper> | undefined;
  readonly #strangers = new Map<number, ExitStatus>();

  readonly #channelFailed: (name: ProcessName, process: KnownProcess | undefined, cause: Error) => void;

  constructor(
    push: (event: Event) => void,
    said: (said: TemplateSaid) => void,
    life: () => Life | undefined,
    channelFailed: (name: ProcessName, process: KnownProcess | undefined, cause: Error) => void,
  ) {
    this.#push = push;
    this.#said = said;
    this.#life = life;
    this.#channelFailed = channelFailed;
  }

  expectTemplate(id: number): Link<InitToTemplate> {
    const link = new Link<InitToTemplate>((status) => {
      this.#templates.delete(id);
      this.#push({ kind: "templateExited", template: id, status });
    });
    this.#templates.set(id, { id, link, process: undefined });
    return link;
  }

  /** `uid`: the user that it will run as when it is forked. */
  expectWorker(id: number, uid: number): Link<InitToWorker> {
    const link = new Link<InitToWorker>((status) => {
      this.#workers.delete(id);
      this.#push({ kind: "workerExited", worker: id, status });
    }, newOwner(this.#life()));
    this.#workers.set(id, { id, uid, link, process: undefined });
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

  /** Of all of them that have been born. */
  get pids(): number[] {
    const children = [...this.#templates.values(), ...this.#workers.values(), this.#keeper];
    return children.flatMap((child) => child?.process?.pid ?? []);
  }

  /** Its start failed before anything came of it. One that has been born all the same is as it is. */
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

  /** For signals. undefined: it has not been born, or is gone. */
  processOf(name: ProcessName): KnownProcess | undefined {
    return this.#find(name)?.process;
  }

  keeperSpawned(id: number, pid: number): void {
    if (this.#keeper?.id !== id) return;
    this.#keeper.process = KnownProcess.spawned(pid);
    this.#push({ kind: "keeperBorn", keeper: id, pid });
  }

  templateSpawned(id: number, pid: number): void {
    const child = this.#templates.get(id);
    if (child === undefined) return;
    child.process = KnownProcess.spawned(pid);
    this.#push({ kind: "templateBorn", template: id, pid });
  }

  workerSpawned(id: number, pid: number): void {
    const child = this.#workers.get(id);
    if (child !== undefined) this.#born(child, KnownProcess.spawned(pid));
  }

  /** By its own hello, or by the template that forked it, whichever comes first. Returns why that is not believed. */
  workerForked(id: number, pid: number): string | undefined {
    const child = this.#workers.get(id);
    if (child === undefined || child.process?.pid === pid) return undefined;
    if (child.process !== undefined) return `its worker is process ${child.process.pid}`;
    if (this.#isTaken(pid)) return "it is another process of forker's";
    const status = this.#strangers.get(pid);
    const known = status === undefined ? KnownProcess.forked(pid, child.uid) : KnownProcess.ended(pid);
    if (typeof known === "string") return known;
    this.#born(child, known);
    if (status === undefined) return undefined;
    this.#strangers.delete(pid);
    child.link.exited(status);
    return undefined;
  }

  #born(child: WorkerChild, known: KnownProcess): void {
    child.process = known;
    this.#push({ kind: "workerBorn", worker: child.id, pid: known.pid, owner: child.link.token });
  }

  #isTaken(pid: number): boolean {
    const all = [...this.#templates.values(), ...this.#workers.values(), this.#keeper];
    return all.some((one) => one?.process?.pid === pid);
  }

  /** False: not one of ours, an orphan that somebody left behind. */
  exited(pid: number, status: ExitStatus): boolean {
    const child = [...this.#templates.values(), ...this.#workers.values()].find((one) => one.process?.pid === pid);
    if (child !== undefined) {
      child.link.exited(status);
      return true;
    }
    this.#strangers.set(pid, status);
    const [oldest] = this.#strangers.keys();
    if (this.#strangers.size > rememberedStrangers && oldest !== undefined) this.#strangers.delete(oldest);
    return false;
  }

  /** A child dialled. False: nobody that we know was given this token, another process shows it, or it was used already. */
  hello(
    token: string,
    peer: Peer | undefined,
    socket: net.Socket,
    head: string,
    welcome: (worker: number) => InitToWorker,
  ): boolean {
    for (const child of this.#templates.values()) {
      if (child.link.token !== token || child.link.isAttached) continue;
      if (!isItself(child, peer)) return false;
      this.#attachTemplate(child, socket, head);
      return true;
    }
    for (const child of this.#workers.values()) {
      if (child.link.token !== token || child.link.isAttached) continue;
      if (peer !== undefined) this.workerForked(child.id, peer.pid);
      if (!isItself(child, peer)) return false;
      this.#push({ kind: "workerAwake", worker: child.id });
      this.#attachWorker(child, socket, head, welcome(child.id));
      return true;
    }
    const keeper = this.#keeper;
    if (keeper?.link.token !== token || keeper.link.isAttached) return false;
    if (!isItself(keeper, peer)) return false;
    this.#attachKeeper(keeper, socket, head);
    return true;
  }

  #find({ role, id }: ProcessName): Child<InitToTemplate> | Child<InitToWorker> | Child<InitToKeeper> | undefined {
    switch (role) {
      case "template":
        return this.#templates.get(id);
      case "worker":
        return this.#workers.get(id);
      case "keeper":
        return this.#keeper?.id === id ? this.#keeper : undefined;
    }
  }

  #attachKeeper(child: Child<InitToKeeper>, socket: net.Socket, head: string): void {
    const message = (said: KeeperMessage) => {
      for (const event of keeperEvents(child.id, said)) this.#push(event);
    };
    const closed = (cause: Error | undefined) => this.#channelClosed({ role: "keeper", id: child.id }, child, cause);
    // First: what it says next may have come with its hello.
    this.#push({ kind: "keeperReady", keeper: child.id });
    child.link.attach(new Channel<KeeperMessage, InitToKeeper>(socket, { message, closed }, keeperMessage, head));
  }

  #attachTemplate(child: Child<InitToTemplate>, socket: net.Socket, head: string): void {
    const message = (said: TemplateMessage) => {
      for (const event of templateEvents(child.id, said)) this.#push(event);
      if (said.kind === "loaded" || said.kind === "forked" || said.kind === "forkFailed") {
        this.#said({ template: child.id, message: said });
      }
    };
    const closed = (cause: Error | undefined) => this.#channelClosed({ role: "template", id: child.id }, child, cause);
    child.link.attach(new Channel<TemplateMessage, InitToTemplate>(socket, { message, closed }, templateMessage, head));
  }

  #attachWorker(child: Child<InitToWorker>, socket: net.Socket, head: string, welcome: InitToWorker): void {
    const message = (said: WorkerMessage) => {
      for (const event of workerEvents(child.id, said)) this.#push(event);
    };
    const closed = (cause: Error | undefined) => {
      this.#push({ kind: "workerSilent", worker: child.id });
      this.#channelClosed({ role: "worker", id: child.id }, child, cause);
    };
    const channel = new Channel<WorkerMessage, InitToWorker>(socket, { message, closed }, workerMessage, head);
    child.link.attach(channel, welcome);
  }

  #channelClosed(
    name: ProcessName,
    { link, process }: Pick<Child<unknown>, "process"> & { readonly link: Pick<Link<unknown>, "channelClosed"> },
    cause: Error | undefined,
  ): void {
    if (cause !== undefined) this.#channelFailed(name, process, cause);
    link.channelClosed();
  }
}

/** No peer: there is no addon, and the token has to do. */
function isItself({ process }: Pick<Child<unknown>, "process">, peer: Peer | undefined): boolean {
  return peer === undefined || process?.pid === peer.pid;
}
