import { setImmediate } from "node:timers/promises";
import { isatty } from "node:tty";
import type { Logger } from "pino";
import type { Peer } from "../admin/control-socket.ts";
import type { DrainWaiters } from "../admin/drain-waiters.ts";
import type { Board } from "../board/board-memory.ts";
import type { RoomWitness } from "../cgroup/pids.ts";
import type { Clock } from "../clock/monotonic.ts";
import type { Settings } from "../config/settings.ts";
import type { ExitName } from "../exit/exit-codes.ts";
import type { SparseWarnings } from "../log/sparse-warnings.ts";
import type { InitToWorker, JobName, StopJobAnswer } from "../protocol/messages.ts";
import type { Reaped, Reaper } from "../reaping/reaper.ts";
import { decide, termSeenAfter } from "../signals/decide.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import type { Order } from "../signals/signal-table.ts";
import type { Action } from "./action.ts";
import { findWorker } from "./advance.ts";
import type { Children } from "./children.ts";
import type { Event } from "./event.ts";
import { hearTemplate } from "./hear-template.ts";
import { holderOf } from "./job-stops.ts";
import type { LimitsWatch } from "./limits-watch.ts";
import { lookAtBoard } from "./look-at-board.ts";
import type { LoopHands } from "./loop.ts";
import type { Narrator } from "./narrate.ts";
import { perform, performFailed } from "./perform.ts";
import { drainReport } from "./report.ts";
import type { Spawner } from "./spawner.ts";
import { StopWaiters } from "./stop-waiters.ts";
import type { TemplateSaid } from "./translate.ts";
import type { World } from "./world.ts";

/** Past FORKER_STOP_TIMEOUT: killing the worker, and the keeper's part. */
const stopAnswerTimeMs = 10_000;

export interface DeputyDependencies {
  readonly board: Board | undefined;
  readonly world: World;
  readonly children: Children;
  readonly spawner: Spawner;
  readonly reaper: Reaper;
  readonly signals: SignalQueue;
  readonly settings: Settings;
  readonly log: Logger;
  readonly warnings: SparseWarnings;
  readonly clock: Clock;
  readonly narrator: Narrator;
  readonly waiters: DrainWaiters;
  readonly limits: LimitsWatch;
  readonly room: RoomWitness;
  readonly exit: (name: ExitName) => void;
  readonly push: (event: Event) => void;
}

/** The loop's hands: collects signals and the dead, performs actions, and sends what an order means to those concerned. */
export class Deputy implements LoopHands {
  readonly #with: DeputyDependencies;
  /** A TERM that joined a drain: the next one means now. */
  #termSeen = false;
  /** The queues of each worker, as the keeper was told. */
  readonly #guarded = new Map<number, string>();
  readonly #stopWaiters = new StopWaiters();

  constructor(dependencies: DeputyDependencies) {
    this.#with = dependencies;
  }

  /** Before the ends of this turn: what the dead wrote last is judged with them. */
  look(): readonly Event[] {
    const { board, world, clock } = this.#with;
    return board === undefined ? [] : [lookAtBoard(board, world, clock.now())];
  }

  collect(): readonly Event[] {
    const { limits, clock } = this.#with;
    this.#attempt(() => this.#reap());
    this.#attempt(() => limits.look(clock.now()));
    return this.#takeSignals();
  }

  #reap(): void {
    const { children, log } = this.#with;
    for (const { pid, ...status } of this.#reaped()) {
      if (!children.exited(pid, status)) log.debug({ orphan: pid, ...status }, "reaped an orphan");
    }
  }

  /** Without a free descriptor nobody can list the children. Those that are known need no list. */
  #reaped(): readonly Reaped[] {
    const { reaper, children, warnings } = this.#with;
    try {
      return reaper.reap();
    } catch (cause) {
      warnings.warn({ cause: (cause as Error).message }, "cannot list the children: orphans stay zombies");
      return reaper.reapThese(children.pids);
    }
  }

  #takeSignals(): readonly Event[] {
    const { signals, world, log } = this.#with;
    const arrived = signals.take();
    if (arrived.size === 0) return [];
    this.#attempt(() => log.info({ signals: [...arrived] }, `received ${[...arrived].join(", ")}`));
    const context = { phase: world.phase, termSeen: this.#termSeen, interactive: isatty(0) };
    const intents = decide(context, arrived);
    this.#termSeen = termSeenAfter(context, arrived);
    return intents.map((intent) => ({ kind: "intent", intent }));
  }

  happened(event: Event): void {
    const now = this.#with.clock.now();
    this.#attempt(() => this.#with.narrator.event(event, now));
    this.#attempt(() => this.#stopWaiters.happened(event, now));
    if (event.kind === "jobStopAsked") this.#tellToStop(event.job);
    if (event.kind === "intent") this.#carryOut(event.intent);
    if (event.kind === "workerPulse") this.#guard(event.worker, event.pulse.queues);
    if (event.kind === "workerExited") this.#guard(event.worker, []);
    if (event.kind === "keeperReady")
      for (const { id, pulse } of this.#with.world.workers) this.#guard(id, pulse?.queues);
  }

  perform(action: Action): void {
    perform(action, this.#with);
    this.#attempt(() => this.#with.narrator.action(action));
  }

  performFailed(action: Action, cause: unknown): void {
    const err = cause instanceof Error ? cause : new Error(String(cause));
    performFailed(action, err, this.#with);
    this.#with.log.error({ err, action: action.kind }, "an action of the supervisor failed; it goes on");
  }

  turned(now: number): void {
    const { world, waiters } = this.#with;
    waiters.tell(drainReport(world), now);
  }

  fault(cause: unknown): void {
    this.#with.log.error({ err: cause }, "a fault in the supervisor; it goes on");
  }

  welcome(worker: number): InitToWorker {
    const { world } = this.#with;
    return { kind: "welcome", suspended: findWorker(world, worker).toldSuspended };
  }

  templateSaid(said: TemplateSaid): void {
    hearTemplate(said, this.#with);
  }

  /** `forker signal NAME [slot]`: to init as if it had been sent, or to the workers of one slot. */
  deliverSignal(name: string, slot: number | undefined, peer: Peer): { delivered: number } | { error: string } {
    const { signals, world, log } = this.#with;
    log.info({ peerPid: peer.pid, slot }, `asked to deliver ${name}`);
    if (slot === undefined) return signals.put(name) ? { delivered: 1 } : { error: `unknown signal ${name}` };
    const workers = world.workers.filter((worker) => worker.slot === slot);
    if (workers.length === 0) return { error: `there is no worker in slot ${slot}: forker status shows the slots` };
    for (const { id } of workers) this.#signal(id, name as NodeJS.Signals);
    return { delivered: workers.length };
  }

  /** `forker stop-job QUEUE ID`. Resolves when it is known how the job ended. */
  async stopJob(job: JobName): Promise<StopJobAnswer> {
    const { world, push, clock, settings } = this.#with;
    await this.lookNow();
    const holder = holderOf(world, job);
    if (holder === undefined) return { ended: "notHeld" };
    push({ kind: "jobStopAsked", job });
    return await this.#stopWaiters.wait(job, holder.id, clock.now() + settings.stopTimeoutMs + stopAnswerTimeMs);
  }

  /** The world knows what the board shows at this moment, and not what it showed up to a second ago. */
  async lookNow(): Promise<void> {
    for (const event of this.look()) this.#with.push(event);
    // The turn that push() asked for comes before us.
    await setImmediate();
  }

  #tellToStop(job: JobName): void {
    const { world, children } = this.#with;
    const holder = holderOf(world, job);
    if (holder !== undefined) children.worker(holder.id)?.send({ kind: "stopJob", ...job });
  }

  /** The keeper looks after the locks of those who live, in the queues that they take from. */
  #guard(id: number, queues: readonly string[] | undefined): void {
    const { world, children } = this.#with;
    const owner = world.workers.find((one) => one.id === id)?.owner;
    if (owner === undefined || queues === undefined) return;
    if (this.#guarded.get(id) === queues.join() && world.keeper?.state === "ready") return;
    if (queues.length > 0) this.#guarded.set(id, queues.join());
    else this.#guarded.delete(id);
    children.keeper?.send({ kind: "guard", worker: id, owner, queues });
  }

  /** Orders that are no state to be kept, but something to be said once. */
  #carryOut(intent: Order): void {
    const { world, children } = this.#with;
    for (const worker of world.workers) {
      if (intent.kind === "stopJobs") children.worker(worker.id)?.send({ kind: "stopJobs" });
      else if (intent.kind === "forward") this.#attempt(() => this.#signal(worker.id, intent.signal));
      else if (intent.kind === "killNow") this.#attempt(() => this.#signal(worker.id, "SIGKILL"));
    }
  }

  #signal(worker: number, signal: NodeJS.Signals): void {
    this.#with.children.processOf({ role: "worker", id: worker })?.signal(signal);
  }

  /** One step of several that do not depend on each other. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.fault(cause);
    }
  }
}
