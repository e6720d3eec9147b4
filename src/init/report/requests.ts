import type net from "node:net";
import type { Logger } from "pino";
import type { Peer } from "../../admin/control-socket.ts";
import type { DrainWaiters } from "../../admin/drain-waiters.ts";
import type { Clock } from "../../clock/monotonic.ts";
import type { Ask, StopJobAnswer } from "../../protocol/ask-message.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { SignalQueue } from "../../signals/signal-queue.ts";
import type { Children } from "../processes/children.ts";
import type { Event } from "../state/event.ts";
import { holderOf } from "../state/job-stops.ts";
import { slotSpecs } from "../state/wanted-slots.ts";
import { isInSlot } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";
import type { Answers } from "./answers.ts";
import type { StopWaiters } from "./stop-waiters.ts";

const notForAnybody = "init has no addon and cannot identify the caller: see its log instead";
/** How long killing the worker and handing back its jobs may take, after FORKER_STOP_TIMEOUT. */
const stopAnswerTimeMs = 10_000;

export interface RequestsDependencies {
  readonly world: World;
  readonly children: Children;
  readonly signals: SignalQueue;
  readonly answers: Answers;
  readonly stopWaiters: StopWaiters;
  readonly waiters: DrainWaiters;
  readonly stopTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly push: (event: Event) => void;
  /** See Loop. */
  readonly turnFirst: () => Promise<void>;
}

/** Handles the requests of subcommands on the control socket. */
export class Requests {
  readonly #with: RequestsDependencies;

  constructor(dependencies: RequestsDependencies) {
    this.#with = dependencies;
  }

  async ask(question: Ask, peer: Peer | undefined): Promise<unknown> {
    const { answers, turnFirst } = this.#with;
    if (question.name === "status") {
      await turnFirst();
      if (peer !== undefined && question.brief !== true) return await answers.status();
      const brief = await answers.brief();
      const { ready, phase, health } = brief;
      return peer === undefined ? { ready, phase, health, error: notForAnybody } : brief;
    }
    if (peer === undefined) return { error: notForAnybody };
    if (question.name === "stopJob") return await this.stopJob(question);
    const sender = { peerPid: peer.pid };
    if (question.name === "awaitLeaving") return { error: "expected a connection that stays open" };
    if (question.name === "drain") return this.deliverSignal("SIGQUIT", undefined, sender);
    return this.deliverSignal(question.signal, question.slot, sender);
  }

  awaitDrain(socket: net.Socket, peer: Peer | undefined): void {
    if (peer === undefined) return refuse(socket);
    this.#with.waiters.join(socket);
    this.deliverSignal("SIGQUIT", undefined, { peerPid: peer.pid });
  }

  awaitLeaving(socket: net.Socket, peer: Peer | undefined): void {
    if (peer === undefined) return refuse(socket);
    this.#with.waiters.joinWhenLeaving(socket);
  }

  /**
   * `forker signal NAME [slot]`: handles the signal as if init had received it, or sends it to the workers of one slot. `sender`: fields
   * for the log.
   */
  deliverSignal(name: string, slot: number | undefined, sender: object): { delivered: number } | { error: string } {
    const { signals, world, children, log } = this.#with;
    const workers = world.workers.filter((worker) => slot !== undefined && isInSlot(worker, slot));
    const fields = { ...sender, signal: name, slot };
    if (slot !== undefined && workers.length === 0) {
      const reason = missing(slot, slotSpecs(world).length);
      log.warn({ ...fields, reason }, "rejected signal request");
      return { error: reason };
    }
    log.info(fields, "received signal request");
    if (slot === undefined) return signals.put(name) ? { delivered: 1 } : { error: `unknown signal ${name}` };
    for (const { id } of workers) children.processOf({ role: "worker", id })?.signal(name as NodeJS.Signals);
    return { delivered: workers.length };
  }

  /** `forker stop-job QUEUE ID`. Resolves when init knows how the job ended. */
  async stopJob(job: JobName): Promise<StopJobAnswer> {
    const { world, push, clock, stopTimeoutMs, stopWaiters, turnFirst } = this.#with;
    await turnFirst();
    const holder = holderOf(world, job);
    if (holder === undefined) return { ended: "notHeld" };
    push({ kind: "jobStopAsked", job });
    return await stopWaiters.wait(job, holder.id, clock.now() + stopTimeoutMs + stopAnswerTimeMs);
  }
}

function refuse(socket: net.Socket): void {
  socket.on("error", () => socket.destroy());
  socket.end(`${JSON.stringify({ error: notForAnybody })}\n`);
}

/** Why no worker of the slot can be signalled. */
function missing(slot: number, slots: number): string {
  if (slot < slots) return `slot ${slot} has no worker now`;
  return `there is no slot ${slot}: ${slots === 0 ? "there are no slots yet" : `the slots are 0 to ${slots - 1}`}`;
}
