import { isatty } from "node:tty";
import type { Logger } from "pino";
import type { Peer } from "../admin/control-socket.ts";
import type { Settings } from "../config/settings.ts";
import type { ExitName } from "../exit/exit-codes.ts";
import type { InitToWorker } from "../protocol/messages.ts";
import type { Reaper } from "../reaping/reaper.ts";
import { decide, type Intent, termSeenAfter } from "../signals/decide.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import type { Action } from "./action.ts";
import { findWorker } from "./advance.ts";
import type { Children } from "./children.ts";
import type { Clock } from "./clock.ts";
import type { Event } from "./event.ts";
import type { LoopHands } from "./loop.ts";
import type { Narrator } from "./narrate.ts";
import { killProcess, perform } from "./perform.ts";
import { refuseTemplate } from "./refuse-template.ts";
import type { Spawner } from "./spawner.ts";
import type { TemplateSaid } from "./translate.ts";
import type { World } from "./world.ts";

export interface DeputyDependencies {
  readonly world: World;
  readonly children: Children;
  readonly spawner: Spawner;
  readonly reaper: Reaper;
  readonly signals: SignalQueue;
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
  readonly narrator: Narrator;
  readonly exit: (name: ExitName) => void;
  readonly push: (event: Event) => void;
}

/** The loop's hands: collects signals and the dead, performs actions, and sends what an order means to those concerned. */
export class Deputy implements LoopHands {
  readonly #with: DeputyDependencies;
  /** A TERM that joined a drain: the next one means now. */
  #termSeen = false;

  constructor(dependencies: DeputyDependencies) {
    this.#with = dependencies;
  }

  collect(): readonly Event[] {
    const { reaper, children, signals, world, log } = this.#with;
    for (const { pid, ...status } of reaper.reap()) {
      if (!children.exited(pid, status)) log.debug({ orphan: pid, ...status }, "reaped an orphan");
    }
    const arrived = signals.take();
    if (arrived.size === 0) return [];
    log.info({ signals: [...arrived] }, `received ${[...arrived].join(", ")}`);
    const context = { phase: world.phase, termSeen: this.#termSeen, interactive: isatty(0) };
    const intents = decide(context, arrived);
    this.#termSeen = termSeenAfter(context, arrived);
    return intents.map((intent) => ({ kind: "intent", intent }));
  }

  happened(event: Event): void {
    this.#with.narrator.event(event, this.#with.clock.now());
    if (event.kind === "intent") this.#carryOut(event.intent);
  }

  perform(action: Action): void {
    perform(action, this.#with);
    this.#with.narrator.action(action);
  }

  fault(cause: unknown): void {
    this.#with.log.error({ err: cause }, "a fault in the supervisor; it goes on");
  }

  welcome(worker: number): InitToWorker {
    const { world } = this.#with;
    return { kind: "welcome", take: false, suspended: findWorker(world, worker).toldSuspended };
  }

  templateSaid({ template: id, message }: TemplateSaid): void {
    const { world, children, push, log } = this.#with;
    const template = world.templates.find((one) => one.id === id);
    if (template === undefined) return;
    const mine = (slot: number) =>
      world.workers.find((one) => one.slot === slot && one.generation === template.generation && one.pid === undefined);
    switch (message.kind) {
      case "loaded": {
        const failure = refuseTemplate(message.uid);
        if (failure !== undefined) {
          push({ kind: "templateFailed", template: id, failure });
          // Not by a signal: that init may not send it any is what is wrong.
          children.template(id)?.send({ kind: "retire" });
          return;
        }
        const { workload: specs, engine, engineReason } = message;
        log.info({ gen: template.generation, loadMs: Math.round(message.loadMs), engine }, "generation loaded");
        push({
          kind: "templateLoaded",
          template: id,
          loaded: { number: template.generation, specs, engine, engineReason },
        });
        return;
      }
      case "forked":
        for (const { slot, pid } of message.births) {
          const worker = mine(slot);
          if (worker !== undefined) children.workerBorn(worker.id, pid);
        }
        return;
      case "forkFailed":
        for (const slot of message.slots) {
          const worker = mine(slot);
          if (worker === undefined) continue;
          children.forgetWorker(worker.id);
          push({ kind: "workerNotBorn", worker: worker.id, why: message.failure.message });
        }
        return;
    }
  }

  /** `forker signal NAME [slot]`: to init as if it had been sent, or to the workers of one slot. */
  deliverSignal(name: string, slot: number | undefined, peer: Peer): { delivered: number } | { error: string } {
    const { signals, world, log } = this.#with;
    log.info({ peerPid: peer.pid, slot }, `asked to deliver ${name}`);
    if (slot === undefined) return signals.put(name) ? { delivered: 1 } : { error: `unknown signal ${name}` };
    const pids = world.workers.filter((worker) => worker.slot === slot).map((worker) => worker.pid);
    for (const pid of pids) killProcess(pid, name as NodeJS.Signals);
    return { delivered: pids.length };
  }

  /** Orders that are no state to be kept, but something to be said once. */
  #carryOut(intent: Intent): void {
    const { world, children } = this.#with;
    for (const worker of world.workers) {
      if (intent.kind === "stopJobs") children.worker(worker.id)?.send({ kind: "stopJobs" });
      else if (intent.kind === "forward") killProcess(worker.pid, intent.signal);
      else if (intent.kind === "killNow") killProcess(worker.pid);
    }
  }
}
