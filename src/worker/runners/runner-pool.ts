import type { Logger } from "pino";
import type { BullJob } from "../../bull/library/bull-types.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { WorkerStoppedError } from "../../bull/worker/abort-reasons.ts";
import { errorOf } from "../../bull/worker/error-of.ts";
import { fieldsOf } from "../../bull/worker/job-fields.ts";
import { thrownError } from "../../bull/worker/thrown-error.ts";
import type { InitToWorker, RunnerFate, WorkerMessage } from "../../protocol/messages.ts";
import type { RunnerMessage } from "../../protocol/runner-messages.ts";
import { type HeldJob, nameOf } from "../jobs/held-jobs.ts";
import { type RunnerChannel, type RunnerHandlers, RunnerSocket } from "./runner-socket.ts";

export interface RunnerPoolParts {
  readonly bull: Bull;
  readonly log: Logger;
  readonly tellInit: (message: WorkerMessage) => void;
  /** Called when a runner was killed from outside. Resolves with the error that fails its job; undefined: it is handed back. */
  readonly judgeKill: (held: HeldJob, why: string) => Promise<Error | undefined>;
  /** A person has sent USR1 to a runner. */
  readonly stopAsked: (held: HeldJob) => void;
}

/** Runners that wait for jobs cost memory, and forking one takes milliseconds. */
const waitingAtMost = 8;
/** While one of them starts a job, the template forks the next. */
const waitingAtLeast = 2;
/** After this time without an isolated job, one waiting runner is left. */
const idleMs = 60_000;
/** How long a runner that has closed its channel may take to exit before it is killed. */
const exitTimeMs = 2_000;
/** A process that the runner has started may keep its end of the channel open. */
const unreadTimeMs = 1_000;
/** Runners that ended before the worker had read their first message. */
const goneAtMost = 1_000;

interface Runner {
  readonly id: number;
  readonly channel: RunnerChannel;
  work: Work | undefined;
  isClosed: boolean;
  /** init's report of its end. */
  end: { readonly fate: RunnerFate; readonly why: string } | undefined;
}

/** An isolated job. */
interface Work {
  readonly held: HeldJob;
  readonly signal: AbortSignal;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  isOver: boolean;
}

/** The runners of a worker: those that wait for a job, and those that have one. A job waits here until a runner is primed. */
export class RunnerPool {
  readonly #parts: RunnerPoolParts;
  readonly #socket: RunnerSocket;
  readonly #runners = new Map<number, Runner>();
  readonly #gone = new Set<number>();
  readonly #free: Runner[] = [];
  readonly #queue: Work[] = [];
  #places = 0;
  #running = 0;
  #wanted = 0;
  #isLeaving = false;
  #isIdle = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #isOpening = false;

  constructor(parts: RunnerPoolParts) {
    this.#parts = parts;
    this.#socket = new RunnerSocket({
      primed: (runner, channel) => this.#primed(runner, channel),
      failed: (cause) => parts.log.error({ cause: cause.message }, "the socket for runners failed"),
    });
  }

  /** How many isolated jobs may run at a time. */
  setPlaces(places: number): void {
    this.#places = places;
    if (places > 0) this.#openOnce();
    this.#tellWanted();
  }

  /** Runs a job in a runner, as soon as one is primed. */
  perform(held: HeldJob, cancel?: AbortSignal): Promise<unknown> {
    this.#openOnce();
    this.#noteUse();
    held.controller ??= new AbortController();
    const own = held.controller.signal;
    const signal = cancel === undefined ? own : AbortSignal.any([own, cancel]);
    return new Promise((resolve, reject) => {
      const work: Work = { held, signal, resolve, reject, isOver: false };
      this.#running += 1;
      this.#queue.push(work);
      const leave = () => this.#leaveQueue(work);
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) return leave();
      this.#assign();
      if (this.#isLeaving) this.#handBackWaiting();
      this.#tellWanted();
    });
  }

  /** The worker takes no more jobs: those that wait for a runner are handed back. */
  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#handBackWaiting();
    this.#tellWanted();
  }

  /** The end of the job may still be unread in the runner's channel, because init's report has another one. */
  runnerEnded({ runner: id, fate, why }: Extract<InitToWorker, { kind: "runnerEnded" }>): void {
    const runner = this.#runners.get(id);
    if (runner === undefined) return this.#goneBeforeHello(id);
    // It must not get a job.
    if (runner.work === undefined) return this.#forget(runner);
    runner.end = { fate, why };
    if (runner.isClosed) return this.#judgeEnd(runner);
    // Twice: a worker that was stopped for longer than the first wait has read nothing when that is over.
    const judge = () => this.#judgeEnd(runner);
    setTimeout(() => setTimeout(judge, unreadTimeMs).unref(), unreadTimeMs).unref();
  }

  #goneBeforeHello(id: number): void {
    this.#gone.add(id);
    const [oldest] = this.#gone;
    if (this.#gone.size > goneAtMost && oldest !== undefined) this.#gone.delete(oldest);
  }

  #judgeEnd(runner: Runner): void {
    if (runner.end === undefined || !this.#runners.has(runner.id)) return;
    const { work, end } = runner;
    this.#forget(runner);
    if (work !== undefined && !work.isOver) void this.#lost(work, end.fate, end.why);
  }

  close(): void {
    clearTimeout(this.#idleTimer);
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
      this.#tellWanted();
    } catch (cause) {
      this.#parts.log.error({ cause: (cause as Error).message }, "could not open the socket for runners");
      this.leave();
    }
  }

  #primed(id: number, channel: RunnerChannel): RunnerHandlers | undefined {
    if (this.#runners.has(id) || this.#gone.delete(id)) return undefined;
    this.#parts.tellInit({ kind: "runnerPrimed", runner: id });
    const runner: Runner = { id, channel, work: undefined, isClosed: false, end: undefined };
    this.#runners.set(id, runner);
    this.#free.push(runner);
    this.#assign();
    this.#release();
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
      const { lane, job, token } = held;
      held.endRunner = (why) => this.#parts.tellInit({ kind: "killRunner", runner: runner.id, why });
      runner.channel.send({ kind: "run", queue: lane.queue, token, job: fieldsOf(job) });
      signal.addEventListener("abort", () => this.#abort(runner, signal.reason), { once: true });
      this.#parts.tellInit({ kind: "runnerTaken", runner: runner.id, ...nameOf(held) });
    }
  }

  #abort(runner: Runner, reason: unknown): void {
    const { name, message }: { readonly name: unknown; readonly message: unknown } = errorOf(reason);
    runner.channel.send({ kind: "abort", reason: { name: String(name), message: String(message) } });
  }

  #received(runner: Runner, message: RunnerMessage): void {
    const { work } = runner;
    if (work === undefined || work.isOver) return;
    const { lane, job } = work.held;
    switch (message.kind) {
      case "progress":
        job.progress = JSON.parse(message.progress) as BullJob["progress"];
        return lane.emit("progress", job, job.progress);
      case "stopAsked":
        return this.#parts.stopAsked(work.held);
      case "ended": {
        const { result, failure, data, isDiscarded } = message;
        if (data !== undefined) job.data = JSON.parse(data) as unknown;
        if (isDiscarded === true) Object.assign(job, { discarded: true });
        this.#parts.tellInit({ kind: "runnerDone", runner: runner.id });
        if (failure !== undefined)
          return this.#over(work, () => work.reject(thrownError(this.#parts.bull.api, failure)));
        return this.#over(work, () => work.resolve(result === undefined ? undefined : JSON.parse(result)));
      }
    }
  }

  #over(work: Work, settle: () => void): void {
    if (work.isOver) return;
    work.isOver = true;
    work.held.endRunner = undefined;
    this.#running -= 1;
    this.#tellWanted();
    settle();
  }

  /** init reports how the process ended. Until then it may be alive, and its job must not start elsewhere. */
  #closed(runner: Runner): void {
    const at = this.#free.indexOf(runner);
    if (at >= 0) this.#free.splice(at, 1);
    if (!this.#runners.has(runner.id)) return;
    runner.isClosed = true;
    if (runner.end !== undefined) return this.#judgeEnd(runner);
    const late = () => {
      if (this.#runners.has(runner.id))
        this.#parts.tellInit({ kind: "killRunner", runner: runner.id, why: "it closed its channel and did not exit" });
    };
    setTimeout(late, exitTimeMs).unref();
  }

  /** The runner has ended before its job. */
  async #lost(work: Work, fate: RunnerFate, why: string): Promise<void> {
    const { held } = work;
    const { log, judgeKill } = this.#parts;
    const fields = { queue: held.lane.queue, job: held.job.id, reason: why };
    if (held.ending !== undefined) {
      log.info(fields, "ended the process of a job");
      return this.#over(work, () => work.reject(held.ending?.reason ?? new Error(why)));
    }
    if (fate !== "killed") {
      log.error(fields, "the process of a job ended");
      return this.#over(work, () => work.reject(new Error(`the job's process ended: ${why}`)));
    }
    const failure = await judgeKill(held, why);
    log.warn(fields, "the process of a job was killed");
    this.#over(work, () => (failure === undefined ? handBack(work, why) : work.reject(failure)));
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
    this.#runners.delete(runner.id);
    const at = this.#free.indexOf(runner);
    if (at >= 0) this.#free.splice(at, 1);
    runner.channel.end();
  }

  #tellWanted(): void {
    const free = Math.max(waitingAtLeast, Math.min(this.#places - this.#running, waitingAtMost));
    const most = this.#isIdle ? 1 : free;
    const wanted = this.#places === 0 || this.#isLeaving ? 0 : Math.max(most, this.#queue.length);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#parts.tellInit({ kind: "runnersWanted", waiting: wanted, ...this.#socket.host });
  }

  #noteUse(): void {
    this.#isIdle = false;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      this.#isIdle = this.#running === 0;
      this.#tellWanted();
      this.#release();
    }, idleMs).unref();
  }

  /** Lets the runners go that an idle worker does not need. */
  #release(): void {
    if (!this.#isIdle) return;
    for (const { id, channel } of this.#free.splice(1)) {
      this.#parts.tellInit({ kind: "runnerDone", runner: id });
      channel.end();
    }
  }
}

function handBack({ held, reject }: Work, why: string): void {
  const reason = new WorkerStoppedError(why);
  held.ending ??= { reason, outcome: "handback" };
  reject(reason);
}
