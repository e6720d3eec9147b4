import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { SeatWriter } from "../board/seat-writer.ts";
import { isPlainConnection } from "../bull/connection/redis-target.ts";
import { WorkerStoppedError } from "../bull/worker/stopped-errors.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { WorkerBirth } from "../protocol/birth.ts";
import type { Failure, InitToWorker, JobName } from "../protocol/messages.ts";
import { Appearance } from "./appearance.ts";
import { type Consumer, openConsumer } from "./consumer.ts";
import { deadline, inTime, passed } from "./deadline.ts";
import { leave } from "./farewell.ts";
import { type HeldJob, HeldJobs, handBackTimeoutMs, nameOf } from "./held-jobs.ts";
import { flushTimeoutMs, type InitLink, sendLast } from "./init-link.ts";
import { type Intent, intentOf, type SignalMemory, type WorkerSignal } from "./intent.ts";
import { JobStopper } from "./job-stopper.ts";
import { keepSeat } from "./keep-seat.ts";
import { appetites, initialMode, type ModeEvent, nextMode } from "./mode.ts";
import { Publisher } from "./publisher.ts";
import { TimeKeeper } from "./time-keeper.ts";

/** One worker: what it was told, the mode it is in, and what follows from that for its jobs. */
export class WorkerProcess {
  readonly ended: Promise<void>;
  readonly #birth: WorkerBirth;
  readonly #application: Application;
  readonly #log: Logger;
  readonly #seat: SeatWriter | undefined;
  readonly #held: HeldJobs;
  readonly #publisher: Publisher;
  readonly #jobStopper: JobStopper;
  #end: () => void = () => {};
  #state = initialMode;
  #memory: SignalMemory = { termsInDrain: 0 };
  #consumer: Consumer | undefined;
  #queues: readonly string[] = [];
  #link: InitLink | undefined;
  #stopBy: AbortController | undefined;
  #recycle = false;
  /** Their processors go on for as long as the process does: they are ended with it, so that none runs twice at a time. */
  #deaf: HeldJob[] = [];
  #over = false;

  constructor(birth: WorkerBirth, application: Application, log: Logger, seat?: SeatWriter) {
    this.#birth = birth;
    this.#application = application;
    this.#log = log;
    this.#seat = seat;
    this.#held = new HeldJobs({ changed: () => this.#publisher.changed(), unshown: () => this.#publisher.now() }, seat);
    const appearance = new Appearance(birth, this.#held, seat);
    this.#publisher = new Publisher(() =>
      appearance.show(this.#state.mode, this.#consumer?.state, this.#queues, this.#link),
    );
    const { settings } = birth;
    const { stopTimeoutMs } = settings;
    this.#jobStopper = new JobStopper({
      held: this.#held,
      settings,
      isStopping: () => this.#state.mode === "stopping",
      isLeaving: () => this.#isLeaving,
      setTaking: (taking) => this.#consumer?.dispatcher.setHeld(!taking),
      endProcess: (timeoutMs) => {
        this.#recycle = true;
        this.#act({ kind: "stop", timeoutMs });
      },
      stopped: (job, byItself) => this.#link?.send({ kind: "jobStopped", ...job, byItself }),
    });
    const stop = (held: HeldJob, reason: Error, graceMs: number) =>
      void this.#jobStopper.cutShort([held], { reason, outcome: "retry" }, graceMs);
    this.#held.watchedBy(new TimeKeeper({ limits: application.config.timeLimits, stopTimeoutMs, stop }));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get holding(): JobName[] {
    return this.#held.all.map(nameOf);
  }

  /** Said farewell, or never started. */
  get isOver(): boolean {
    return this.#over;
  }

  connectTo(link: InitLink): void {
    this.#link = link;
    this.#publisher.changed();
  }

  /** Until everything that jobs need is there. Redis may come later. */
  async start(startMs: number): Promise<void> {
    const { slot, generation, spec, settings, token: owner, stalledAfterMs } = this.#birth;
    const { queues, concurrency } = spec;
    await this.#application.hooks.beforeFirstFork({ slot, generation, queues, concurrency });
    if (this.#isLeaving) return;
    const consumer = await openConsumer({
      slot,
      owner,
      patterns: queues,
      concurrency,
      lockDurationMs: settings.lockDurationMs,
      wedgedAfterMs: settings.wedgedAfterMs,
      stalledAfterMs,
      application: this.#application,
      held: this.#held,
      log: this.#log,
      passOnEnd: (report) => this.#link?.send({ kind: "ended", report }),
      checksServer: slot === 0 && generation === 1 && !isPlainConnection(this.#application.config.connection),
      taking: () => this.#state.mode === "taking",
      onJudged: (reason) => this.#seat?.notTaking(reason, monotonicClock.now()),
      onChange: () => this.#publisher.changed(),
      onQueues: (names) => {
        this.#queues = names;
        this.#publisher.now();
      },
    });
    this.#consumer = consumer;
    if (this.#isLeaving) return;
    this.#link?.send({ kind: "started", startMs: performance.now() - startMs });
    this.#follow();
  }

  told(message: InitToWorker): void {
    switch (message.kind) {
      case "welcome":
        if (this.#seat !== undefined) keepSeat(this.#seat, this.#birth.settings.recycleMemoryBytes !== undefined);
        if (message.suspended) this.#act({ kind: "suspend" });
        if (message.take) this.#act({ kind: "take" });
        return;
      case "drain":
        return this.#act({ kind: "drain", by: "init" });
      case "take":
      case "suspend":
      case "resume":
      case "stop":
      case "stopJobs":
        return this.#act(message);
      case "ended":
        return this.#consumer?.endedElsewhere(message, (number) => this.#link?.send({ kind: "endHeard", number }));
      case "stopJob":
        return void this.#jobStopper.stopOne(message);
    }
  }

  signalled(signal: WorkerSignal): void {
    const { intent, memory } = intentOf(signal, this.#state.mode, this.#memory);
    this.#memory = memory;
    this.#log.info({ signal, mode: this.#state.mode }, `${signal}: ${intent?.kind ?? "joins the drain"}`);
    if (intent !== undefined) this.#act(intent);
  }

  /** Nobody supervises us any more: whoever starts next finds our jobs in their queues. */
  initDied(cause: Error | undefined): void {
    if (this.#state.mode === "ended") return;
    this.#log.error({ cause: cause?.message }, "init is gone, or has given this worker up: stopping");
    this.#act({ kind: "stop", timeoutMs: undefined });
  }

  async startFailed(failure: Failure): Promise<void> {
    this.#over = true;
    await this.#consumer?.close();
    await sendLast(this.#link, { kind: "startFailed", failure });
  }

  /** Resolves with the exit code. */
  async farewell(): Promise<number> {
    this.#publisher.close();
    return await leave({
      birth: this.#birth,
      application: this.#application,
      held: this.#held,
      consumer: this.#consumer,
      link: this.#link,
      log: this.#log,
      deaf: this.#deaf,
      stopsEndedWithProcess: this.#jobStopper.endedWithProcess,
      recycle: this.#recycle,
      said: () => void (this.#over = true),
    });
  }

  #act(intent: Intent): void {
    switch (intent.kind) {
      case "take":
      case "suspend":
      case "resume":
        return void this.#transition(intent.kind);
      case "drain":
        // A successor is wanted at once, as after a job that ignored its signal.
        if (intent.by === "SIGHUP") this.#recycle = true;
        if (this.#transition("drain")) void this.#drain(intent.by);
        return;
      case "stop":
        if (this.#transition("stop")) void this.#stop(intent.timeoutMs ?? this.#birth.settings.stopTimeoutMs);
        else if (intent.timeoutMs === 0) this.#stopBy?.abort();
        return;
      case "stopJobs":
        return void this.#jobStopper.stopAll();
    }
  }

  get #isLeaving(): boolean {
    return ["draining", "stopping", "ended"].includes(this.#state.mode);
  }

  /** The only place where the mode changes. Says whether it did. */
  #transition(event: ModeEvent): boolean {
    const before = this.#state.mode;
    this.#state = nextMode(this.#state, event);
    if (this.#state.mode === before) return false;
    this.#log.debug(`${before} → ${this.#state.mode}`);
    this.#follow();
    if (this.#state.mode === "ended") this.#end();
    return true;
  }

  #follow(): void {
    this.#consumer?.dispatcher.setAppetite(appetites[this.#state.mode]);
    this.#publisher.changed();
  }

  /** init bounds a drain that it asked for; one by a signal to this very process is bounded as in a reload. */
  async #drain(by: "init" | "SIGQUIT" | "SIGHUP"): Promise<void> {
    const drained = this.#quiet();
    if (by === "init") await drained;
    else {
      const late = deadline(this.#birth.settings.reloadDrainTimeoutMs);
      await Promise.race([drained, passed(late.signal)]);
      if (late.signal.aborted) return this.#act({ kind: "stop", timeoutMs: undefined });
      late.abort();
    }
    await inTime(flushTimeoutMs, this.#consumer?.leaveNothing());
    this.#transition("finished");
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#stopBy = deadline(timeoutMs);
    const ending = { reason: new WorkerStoppedError(), outcome: "handback" } as const;
    this.#deaf = await this.#held.stop(this.#held.all, ending, this.#stopBy.signal);
    // What was just being fetched is handed back too.
    const quiet = this.#quiet(this.#deaf.length);
    await Promise.race([quiet, passed(this.#stopBy.signal)]);
    await inTime(handBackTimeoutMs, quiet);
    await inTime(flushTimeoutMs, this.#consumer?.leaveNothing());
    this.#transition("finished");
  }

  /** Nothing is held but for so many jobs, and nothing is being fetched; then no hook runs any more. */
  async #quiet(butFor = 0): Promise<void> {
    await this.#consumer?.dispatcher.quiet(butFor);
    await this.#consumer?.ends.settled();
  }
}
