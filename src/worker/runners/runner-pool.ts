import type { BullJob } from "../../bull/library/bull-types.ts";
import { errorOf } from "../../bull/worker/error-of.ts";
import type { InitToWorker } from "../../protocol/messages.ts";
import type { RunnerMessage } from "../../protocol/runner-messages.ts";
import { type HeldJob, nameOf } from "../jobs/held-job.ts";
import { Demand } from "./demand.ts";
import { EndJudge } from "./end-judge.ts";
import { GoneRunners } from "./gone-runners.ts";
import { MemoryLimiter } from "./memory-limiter.ts";
import { handBack, type Runner, sendAbort, sendJob, settleAsReported, type Work } from "./runner.ts";
import type { PerformOptions, RunnerPoolParts } from "./runner-pool-parts.ts";
import { type RunnerChannel, type RunnerHandlers, RunnerSocket } from "./runner-socket.ts";

/** The runners of a worker: those that wait for a job, and those that have one. A job waits here until a runner is primed. */
export class RunnerPool {
  readonly #parts: RunnerPoolParts;
  readonly #socket: RunnerSocket;
  readonly #judge: EndJudge;
  readonly #demand: Demand;
  readonly #memory: MemoryLimiter;
  readonly #runners = new Map<number, Runner>();
  readonly #gone = new GoneRunners();
  readonly #free: Runner[] = [];
  readonly #queue: Work[] = [];
  #places = 0;
  #running = 0;
  #isLeaving = false;
  #isOpening = false;

  constructor(parts: RunnerPoolParts) {
    this.#parts = parts;
    this.#socket = new RunnerSocket({
      listen: parts.edges.listenForRunners,
      primed: (...runner) => this.#primed(...runner),
      failed: (cause) => parts.log.error({ cause: cause.message }, "the socket for runners failed"),
    });
    this.#judge = new EndJudge({
      log: parts.log,
      judgeKill: parts.judgeKill,
      kill: (runner, why) => this.#kill(runner, why),
      has: ({ id }) => this.#runners.has(id),
      forget: (runner) => this.#forget(runner),
      again: (work) => this.#again(work),
      over: (work, settle) => this.#over(work, settle),
    });
    this.#memory = new MemoryLimiter((runner, why) => this.#kill(runner, why));
    this.#demand = new Demand({
      log: parts.log,
      jobs: () => ({
        places: this.#places,
        running: this.#running,
        queued: this.#queue.length,
        isLeaving: this.#isLeaving,
      }),
      tellInit: (waiting, isUrgent) =>
        parts.tellInit({ kind: "runnersWanted", waiting, ...(isUrgent && { isUrgent }), ...this.#socket.host }),
      release: (kept) => this.#release(kept),
      isMemoryShort: parts.edges.isMemoryShort,
    });
  }

  /** How many isolated jobs may run at a time. */
  setPlaces(places: number): void {
    this.#places = places;
    if (places > 0) {
      this.#openOnce();
      this.#demand.begin();
    }
    this.#demand.update();
  }

  /** Runs a job in a runner, as soon as one is primed. */
  perform(held: HeldJob, { trace, cancel }: PerformOptions = {}): Promise<unknown> {
    this.#openOnce();
    this.#demand.noteUse();
    held.controller ??= new AbortController();
    const own = held.controller.signal;
    const signal = cancel === undefined ? own : AbortSignal.any([own, cancel]);
    return new Promise((resolve, reject) => {
      const work: Work = { held, trace, signal, resolve, reject, isOver: false, unstarted: 0 };
      this.#running += 1;
      if (this.#free.length === 0) this.#parts.waits(held);
      this.#queue.push(work);
      const leave = () => this.#leaveQueue(work);
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) return leave();
      this.#assign();
      if (this.#isLeaving) this.#handBackWaiting();
      this.#demand.update();
    });
  }

  /** The worker takes no more jobs: those that wait for a runner are handed back. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#handBackWaiting();
    this.#demand.update();
  }

  runnerEnded({ runner: id, fate, why }: Extract<InitToWorker, { kind: "runnerEnded" }>): void {
    const runner = this.#runners.get(id);
    if (runner === undefined) return this.#gone.add(id);
    // It must not get a job.
    if (runner.work === undefined) return this.#forget(runner);
    this.#judge.reported(runner, fate, why);
  }

  close(): void {
    this.#demand.stop();
    this.leave();
    this.#socket.close();
    for (const { channel } of this.#runners.values()) channel.end();
  }

  #openOnce(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    void this.#open();
  }

  async #open(): Promise<void> {
    try {
      await this.#socket.open();
      this.#demand.update();
    } catch (cause) {
      this.#parts.log.error({ cause: (cause as Error).message }, "could not open the socket for runners");
      this.leave();
    }
  }

  #primed(id: number, pid: number, channel: RunnerChannel): RunnerHandlers | undefined {
    if (this.#runners.has(id) || this.#gone.take(id)) return undefined;
    this.#parts.tellInit({ kind: "runnerPrimed", runner: id, pid });
    const runner: Runner = {
      id,
      pid,
      channel,
      work: undefined,
      hasStarted: false,
      isLate: false,
      isClosed: false,
      end: undefined,
    };
    this.#runners.set(id, runner);
    this.#free.push(runner);
    this.#assign();
    this.#demand.release();
    return {
      message: (message) => this.#received(runner, message),
      closed: () => this.#closed(runner),
    };
  }

  #assign(): void {
    while (this.#queue.length > 0 && this.#free.length > 0) {
      const [work, runner] = [this.#queue.shift() as Work, this.#free.shift() as Runner];
      runner.work = work;
      const { held, signal } = work;
      this.#parts.starts(held);
      held.endRunner = (why) => this.#kill(runner, why);
      sendJob(runner, work);
      this.#judge.given(runner);
      this.#memory.began(runner, this.#parts.limitsOf(held.lane.queue).memoryBytes);
      signal.addEventListener("abort", () => sendAbort(runner, signal.reason), { once: true });
      this.#parts.tellInit({ kind: "runnerTaken", runner: runner.id, ...nameOf(held) });
    }
  }

  /** Its runner has ended without it. */
  #again(work: Work): void {
    work.held.endRunner = undefined;
    this.#parts.waits(work.held);
    this.#queue.unshift(work);
    if (work.signal.aborted) return this.#leaveQueue(work);
    this.#assign();
    if (this.#isLeaving) this.#handBackWaiting();
    this.#demand.update();
  }

  #received(runner: Runner, message: RunnerMessage): void {
    const { work } = runner;
    if (work === undefined || work.isOver) return;
    const { lane, job } = work.held;
    switch (message.kind) {
      case "started":
        runner.hasStarted = true;
        return;
      case "progress":
        job.progress = JSON.parse(message.progress) as BullJob["progress"];
        return lane.emit("progress", job, job.progress);
      case "stopAsked":
        return this.#parts.stopAsked(work.held);
      case "ended": {
        this.#memory.ended(runner);
        this.#parts.tellInit({ kind: "runnerDone", runner: runner.id });
        return this.#over(work, () => settleAsReported(work, message, this.#parts.bull));
      }
    }
  }

  #over(work: Work, settle: () => void): void {
    if (work.isOver) return;
    work.isOver = true;
    work.held.endRunner = undefined;
    this.#running -= 1;
    this.#demand.update();
    settle();
  }

  #closed(runner: Runner): void {
    this.#leaveFree(runner);
    if (this.#runners.has(runner.id)) this.#judge.closed(runner);
  }

  #kill({ id }: Runner, why: string): void {
    this.#parts.tellInit({ kind: "killRunner", runner: id, why });
  }

  #leaveQueue(work: Work): void {
    const at = this.#queue.indexOf(work);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#over(work, () => work.reject(errorOf(work.signal.reason)));
  }

  #handBackWaiting(): void {
    for (const work of this.#queue.splice(0))
      this.#over(work, () => handBack(work, "the worker takes no more jobs, and no runner is ready"));
  }

  #forget(runner: Runner): void {
    this.#memory.ended(runner);
    this.#runners.delete(runner.id);
    this.#leaveFree(runner);
    runner.channel.end();
  }

  #leaveFree(runner: Runner): void {
    const at = this.#free.indexOf(runner);
    if (at >= 0) this.#free.splice(at, 1);
  }

  #release(kept: number): void {
    for (const { id, channel } of this.#free.splice(kept)) {
      this.#parts.tellInit({ kind: "runnerDone", runner: id });
      channel.end();
    }
  }
}
