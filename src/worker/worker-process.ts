import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { continueApplication } from "../app/continue-application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import { isPlainConnection } from "../bull/connection/redis-target.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { ForkerError } from "../exit/forker-error.ts";
import { IdleCollections } from "../heap/idle-collections.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { Failure, InitToWorker, JobName, NotTakingReason } from "../protocol/messages.ts";
import type { WorkerSignal } from "../signals/signal-table.ts";
import { applicationSettled } from "./application-settled.ts";
import { type Consumer, openConsumer } from "./consumer.ts";
import { type HeldJob, HeldJobs, nameOf } from "./jobs/held-jobs.ts";
import { JobStopper } from "./jobs/job-stopper.ts";
import { TimeLimiter } from "./jobs/time-limiter.ts";
import { watchTogether } from "./jobs/watch-jobs.ts";
import { leave } from "./leave.ts";
import { failureOf } from "./orders/failure.ts";
import { type InitLink, sendLast } from "./orders/init-link.ts";
import { fetchModes, isLeaving, type Mode } from "./orders/mode.ts";
import { ModeMachine } from "./orders/mode-machine.ts";
import { orderOf, type SignalMemory, type WorkerOrder } from "./orders/worker-order.ts";
import { findPlace } from "./queues/jobs-place.ts";
import { watchAwaitedClient } from "./report/awaited-client.ts";
import { LateOptions } from "./report/late-options.ts";
import { Publisher } from "./report/publisher.ts";
import { RowKeeper } from "./report/row-keeper.ts";
import { SelfReport } from "./report/self-report.ts";
import { Shutdown } from "./shutdown.ts";

/** A worker: receives orders, changes its mode, and applies the mode to its jobs. */
export class WorkerProcess {
  readonly ended: Promise<void>;
  readonly #launch: WorkerLaunchConfig;
  readonly #application: Application;
  readonly #log: Logger;
  readonly #releaseMemory: () => () => void;
  readonly #row: RowWriter | undefined;
  readonly #held: HeldJobs;
  readonly #publisher: Publisher;
  readonly #jobStopper: JobStopper;
  readonly #state: ModeMachine;
  readonly #shutdown: Shutdown;
  #memory: SignalMemory = { termsInDrain: 0 };
  #consumer: Consumer | undefined;
  /** The state of the application's connection while its first Worker is awaited. */
  #awaited: (() => ConnectionState) | undefined;
  #queues: readonly string[] = [];
  #link: InitLink | undefined;
  #rowKeeper: RowKeeper | undefined;
  /** Why the worker takes no job although it has started. */
  #notTaking: NotTakingReason | undefined;
  #isStarted = false;
  #over = false;

  constructor(
    launch: WorkerLaunchConfig,
    application: Application,
    log: Logger,
    releaseMemory: () => () => void,
    row?: RowWriter,
  ) {
    this.#launch = launch;
    this.#application = application;
    this.#log = log;
    this.#releaseMemory = releaseMemory;
    this.#row = row;
    this.#held = new HeldJobs({ changed: () => this.#publisher.changed(), unshown: () => this.#publisher.now() }, row);
    const selfReport = new SelfReport(launch, this.#held, row);
    this.#publisher = new Publisher(() =>
      selfReport.show(this.#state.mode, this.#consumer?.state ?? this.#awaited?.(), this.#queues, this.#link),
    );
    const { settings } = launch;
    const { stopTimeoutMs } = settings;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.ended = ended;
    this.#state = new ModeMachine((from, to) => {
      log.debug({ from, to }, "changed mode");
      this.#follow();
      this.#emitMode(from, to);
      if (to === "ended") end();
    });
    this.#shutdown = new Shutdown({
      held: this.#held,
      settings,
      consumer: () => this.#consumer,
      late: () => this.#act({ kind: "stop", timeoutMs: undefined }),
      finished: () => this.#state.transition("finished"),
    });
    this.#jobStopper = new JobStopper({
      held: this.#held,
      settings,
      isStopping: () => this.#state.mode === "stopping",
      isLeaving: () => this.#state.isLeaving,
      setTaking: (taking) => this.#consumer?.dispatcher.setPaused(!taking),
      endProcess: (timeoutMs) => this.#act({ kind: "stop", timeoutMs }),
      stopped: (job, byItself) => this.#link?.send({ kind: "jobStopped", ...job, byItself }),
    });
    const stop = (held: HeldJob, reason: Error, graceMs: number) =>
      void this.#jobStopper.cutShort([held], { reason, outcome: "retry" }, graceMs);
    const limiter = new TimeLimiter({ limits: application.config.timeLimits, stopTimeoutMs, stop });
    const collections = new IdleCollections();
    // A spawned worker has loaded the application itself, which leaves garbage.
    if (launch.engine === "fork") collections.prevent();
    this.#held.watchedBy(
      watchTogether([{ began: () => collections.allow() }, { began: () => this.#rowKeeper?.jobBegan() }, limiter]),
    );
  }

  get holding(): JobName[] {
    return this.#held.all.map(nameOf);
  }

  /** The worker has sent its exit report, or the reason why it cannot run. */
  get isOver(): boolean {
    return this.#over;
  }

  connectTo(link: InitLink): void {
    this.#link = link;
    this.#publisher.changed();
  }

  /** Resolves when everything that jobs need is ready, except that Redis may connect later. */
  async start(): Promise<void> {
    const { generation, options, settings, token: lockOwner } = this.#launch;
    const application = this.#application;
    const { slot } = options;
    this.#awaited = watchAwaitedClient(application.config.redis, () => this.#publisher.changed());
    await continueApplication(application, this.#launch, (refusal) => this.refused(refusal));
    if (this.#state.isLeaving) return;
    const redis = await findPlace({
      application,
      lockOwner,
      log: this.#log,
      waits: () => this.#started("noQueues"),
      report: (place) => this.#link?.send({ kind: "placed", place }),
    });
    if (this.#state.isLeaving) return;
    const lateOptions = new LateOptions(application, this.#launch.engine);
    this.#consumer = await openConsumer({
      options,
      settings,
      lockOwner,
      application,
      redis,
      held: this.#held,
      log: this.#log,
      passOnEnd: (report) => this.#link?.send({ kind: "ended", report }),
      tookStalled: (job) => this.#link?.send({ kind: "stalledTaken", ...job }),
      checksServer: slot === 0 && generation === 1 && !isPlainConnection(redis.connection),
      isolates: this.#launch.engine === "fork",
      tellInit: (message) => this.#link?.send(message),
      stopAsked: (held) => void this.#jobStopper.stopHeld(held),
      taking: () => this.#state.mode === "taking",
      onJudged: (reason) => this.#row?.notTaking(reason, monotonicClock.now()),
      onChange: ({ connected }) => (connected ? this.#publisher.now() : this.#publisher.changed()),
      onQueues: (names) => {
        this.#queues = names;
        const late = lateOptions.take(names);
        if (late.length > 0) this.#link?.send({ kind: "lateOptions", queueOptions: late });
        this.#publisher.now();
      },
      releaseMemory: this.#releaseMemory(),
    });
    if (this.#state.isLeaving) return;
    this.#started();
  }

  #started(notTaking?: NotTakingReason): void {
    this.#notTaking = notTaking;
    this.#showNotTaking();
    if (!this.#isStarted) this.#reportStart();
    this.#isStarted = true;
    this.#follow();
  }

  /** The row is claimed when init has said welcome, which may be after the start. */
  #showNotTaking(): void {
    if (this.#notTaking !== undefined) this.#row?.notTaking(this.#notTaking, monotonicClock.now());
  }

  #reportStart(): void {
    const goesOn = this.#application.hasOnlyAdopted === true;
    this.#link?.send({ kind: "started", ...(goesOn && { goesOn }) });
    if (goesOn) void applicationSettled(this.#application).then(() => this.#link?.send({ kind: "settled" }));
  }

  receive(message: InitToWorker): void {
    this.#rowKeeper?.heard();
    switch (message.kind) {
      case "welcome":
        if (this.#row !== undefined)
          this.#rowKeeper = new RowKeeper(
            this.#row,
            this.#launch.settings.recycleMemoryBytes !== undefined,
            this.#held,
          );
        this.#showNotTaking();
        if (message.suspended) this.#act({ kind: "suspend" });
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
      case "runnerEnded":
        return this.#consumer?.runners.runnerEnded(message);
      case "computeRetryDelay":
        return void this.#consumer
          ?.retryDelay(message)
          .then((answer) => this.#link?.send({ kind: "retryDelay", ...answer }));
      case "stopJob":
        return void this.#jobStopper.stopOne(message);
    }
  }

  signalled(signal: WorkerSignal): void {
    this.#rowKeeper?.heard();
    const { order, memory } = orderOf(signal, this.#state.mode, this.#memory);
    this.#memory = memory;
    this.#log.info({ signal, mode: this.#state.mode, order: order?.kind ?? "joinDrain" }, "received signal");
    if (order !== undefined) this.#act(order);
  }

  /** Without init, no process supervises this worker. It hands back its jobs, for the next forker to take. */
  initDied(cause: Error | undefined): void {
    if (this.#state.mode === "ended") return;
    this.#log.error({ cause: cause?.message }, "lost the channel to init: stopping");
    this.#act({ kind: "stop", timeoutMs: undefined });
  }

  /** init ends, or abandons the reload: every worker would refuse it. */
  refused(refusal: ForkerError): void {
    this.#over = true;
    this.#link?.send({ kind: "refused", failure: failureOf(refusal) });
  }

  /** Called right before an unexpected exit. The kernel has the message when this returns, unless init is far behind. */
  crashed(cause: string): void {
    this.#link?.send({ kind: "crashed", cause });
  }

  async startFailed(failure: Failure): Promise<void> {
    this.#over = true;
    await this.#consumer?.close();
    await sendLast(this.#link, { kind: "startFailed", failure });
  }

  /** Resolves with the exit code. */
  async leave(): Promise<number> {
    this.#publisher.close();
    return await leave({
      launch: this.#launch,
      application: this.#application,
      held: this.#held,
      consumer: this.#consumer,
      link: this.#link,
      log: this.#log,
      unstoppable: this.#shutdown.unstoppable,
      stopsEndedWithProcess: this.#jobStopper.endedWithProcess,
      said: () => void (this.#over = true),
    });
  }

  #act(order: WorkerOrder): void {
    switch (order.kind) {
      case "take":
      case "suspend":
      case "resume":
        return void this.#state.transition(order.kind);
      case "drain":
        if (this.#state.transition("drain")) void this.#shutdown.drain(order);
        return;
      case "stop":
        if (this.#state.transition("stop"))
          void this.#shutdown.stop(order.timeoutMs ?? this.#launch.settings.stopTimeoutMs);
        else if (order.timeoutMs === 0) this.#shutdown.stopNow();
        return;
      case "stopJobs":
        return void this.#jobStopper.stopAll();
    }
  }

  /** As a BullMQ Worker does at pause(), resume() and close(). */
  #emitMode(from: Mode, to: Mode): void {
    if (to === "suspended") this.#consumer?.emit("paused");
    if (from === "suspended" && to === "taking") this.#consumer?.emit("resumed");
    if (isLeaving(to) && !isLeaving(from)) this.#consumer?.emit("closing", "closing queue");
  }

  #follow(): void {
    this.#consumer?.dispatcher.setFetchMode(fetchModes[this.#state.mode]);
    if (this.#state.isLeaving) this.#consumer?.runners.leave();
    // A slot is ready when init has read this.
    this.#publisher.now();
  }
}
