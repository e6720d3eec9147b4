import type net from "node:net";
import type { Peer } from "../../admin/control-socket.ts";
import { Channel } from "../../protocol/channel.ts";
import { type InitToKeeper, type KeeperMessage, keeperMessage } from "../../protocol/keeper-messages.ts";
import {
  type InitToTemplate,
  type InitToWorker,
  type TemplateMessage,
  templateMessage,
  type WorkerMessage,
  workerMessage,
} from "../../protocol/messages.ts";
import type { Event } from "../state/event.ts";
import type { ProcessName } from "../state/process-name.ts";
import {
  type AnyChild,
  isItself,
  type KeeperChild,
  signallable,
  type TemplateChild,
  type WorkerChild,
} from "./child.ts";
import type { Children } from "./children.ts";
import { keeperEvents, templateEvents, workerEvents } from "./messages-to-events.ts";
import { kernelsProcessTable, type ProcessTable, type Signallable } from "./process-table.ts";

export interface ChildChannelsDependencies {
  readonly children: Children;
  readonly push: (event: Event) => void;
  readonly table?: ProcessTable;
  /** The answer to a worker's hello. */
  readonly welcome: (worker: number) => InitToWorker;
  readonly channelFailed: (name: ProcessName, process: Signallable | undefined, cause: Error) => void;
}

/** Opens the channel of each child that connects, and translates its messages into events. */
export class ChildChannels {
  readonly #with: ChildChannelsDependencies;

  constructor(dependencies: ChildChannelsDependencies) {
    this.#with = dependencies;
  }

  /** Handles a hello. False: the token is unknown or was already used, or another process presents it. */
  hello(token: string, peer: Peer | undefined, socket: net.Socket, head: string): boolean {
    const { children } = this.#with;
    const awaited = children.awaited(token);
    if (awaited === undefined) return false;
    if (awaited.role === "worker" && peer !== undefined) children.workerForked(awaited.child.id, peer.pid);
    if (!isItself(awaited.child, peer)) return false;
    switch (awaited.role) {
      case "template":
        this.#openTemplate(awaited.child, socket, head);
        return true;
      case "worker":
        this.#openWorker(awaited.child, socket, head);
        return true;
      case "keeper":
        this.#openKeeper(awaited.child, socket, head);
        return true;
    }
  }

  #openTemplate(child: TemplateChild, socket: net.Socket, head: string): void {
    const message = (said: TemplateMessage) => this.#templateSaid(child, said);
    const closed = (cause: Error | undefined) => {
      this.#with.push({ kind: "templateChannelClosed", template: child.id });
      this.#closed({ role: "template", id: child.id }, child, cause);
    };
    child.link.attach(new Channel<TemplateMessage, InitToTemplate>(socket, { message, closed }, templateMessage, head));
  }

  #openWorker(child: WorkerChild, socket: net.Socket, head: string): void {
    const { push, welcome, children } = this.#with;
    const message = (said: WorkerMessage) => {
      if (said.kind === "runnerPrimed" && said.pid !== undefined)
        children.runnerReached(child.id, said.runner, said.pid);
      this.#pushAll(workerEvents(child.id, said));
    };
    const closed = (cause: Error | undefined) => {
      push({ kind: "workerChannelClosed", worker: child.id });
      this.#closed({ role: "worker", id: child.id }, child, cause);
    };
    push({ kind: "workerDialled", worker: child.id });
    const channel = new Channel<WorkerMessage, InitToWorker>(socket, { message, closed }, workerMessage, head);
    child.link.attach(channel, welcome(child.id));
  }

  #openKeeper(child: KeeperChild, socket: net.Socket, head: string): void {
    const message = (said: KeeperMessage) => this.#pushAll(keeperEvents(child.id, said));
    const closed = (cause: Error | undefined) => this.#closed({ role: "keeper", id: child.id }, child, cause);
    // Pushed first: more messages may have arrived together with its hello.
    this.#with.push({ kind: "keeperReady", keeper: child.id });
    child.link.attach(new Channel<KeeperMessage, InitToKeeper>(socket, { message, closed }, keeperMessage, head));
  }

  #templateSaid({ id, link, process }: TemplateChild, said: TemplateMessage): void {
    const { children, push, table = kernelsProcessTable } = this.#with;
    if (said.kind === "forked") {
      for (const { worker, pid } of said.workers) {
        const why = children.workerForkedBy(id, worker, pid);
        if (why !== undefined) push({ kind: "forkClaimRefused", template: id, claimed: worker, pid, why });
      }
      for (const { runner, pid } of said.runners ?? []) {
        const why = children.runnerForkedBy(id, runner, pid);
        if (why !== undefined) push({ kind: "forkClaimRefused", template: id, claimed: runner, pid, why });
      }
      return;
    }
    const believed =
      said.kind === "forkFailed"
        ? {
            ...said,
            workers: said.workers.filter((worker) => children.workerNotForkedBy(id, worker)),
            runners: said.runners?.filter((runner) => children.runnerNotForkedBy(id, runner)),
          }
        : said;
    const events = templateEvents(id, believed, () => (process === undefined ? undefined : table.userOf(process.pid)));
    this.#pushAll(events);
    const isRefused = said.kind === "loaded" && events.some(({ kind }) => kind === "templateFailed");
    // By message, because init may not signal this template.
    if (isRefused) link.send({ kind: "retire" });
  }

  #pushAll(events: readonly Event[]): void {
    for (const event of events) this.#with.push(event);
  }

  #closed(name: ProcessName, child: AnyChild, cause: Error | undefined): void {
    if (cause !== undefined) this.#with.channelFailed(name, signallable(child), cause);
    child.link.channelClosed();
  }
}
