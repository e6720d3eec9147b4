import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { FleetRule } from "../protocol/fleet.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { InitToWorker, JobName, NotTakingReason } from "../protocol/messages.ts";
import { signalTable, type WorkerSignal } from "../signals/signal-table.ts";
import type { Consumer } from "./consumer.ts";
import { ExitReporter } from "./exit-reporter.ts";
import { JobControl } from "./job-control.ts";
import { nameOf } from "./jobs/held-job.ts";
import { emitMode } from "./mode-events.ts";
import type { InitLink } from "./orders/init-link.ts";
import { fetchModes } from "./orders/mode.ts";
import { ModeMachine } from "./orders/mode-machine.ts";
import { SignalOrders } from "./orders/signal-orders.ts";
import type { WorkerOrder } from "./orders/worker-order.ts";
import type { ProcessEdges } from "./process-edges.ts";
import { FleetGate } from "./queues/fleet-gate.ts";
import { watchAwaitedClient } from "./report/awaited-client.ts";
import { Publisher } from "./report/publisher.ts";
import { RowKeeper } from "./report/row-keeper.ts";
import { SelfReport } from "./report/self-report.ts";
import { startConsumer } from "./start-consumer.ts";
import { StartReport } from "./start-report.ts";

/** init counts them, too: it knows by the number which of them a status update takes into account. */
const suspensionOrders: ReadonlySet<InitToWorker["kind"]> = new Set(["welcome", "takeOver", "suspend", "resume"]);

/** A worker: receives orders, changes its mode, and applies the mode to its jobs. */
export class WorkerProcess {
  readonly ended: Promise<void>;
  readonly exitReporter: ExitReporter;
  readonly #launch: WorkerLaunchConfig;
  readonly #application: Application;
  readonly #log: Logger;
  readonly #edges: ProcessEdges;
  readonly #row: RowWriter | undefined;
  readonly #jobs: JobControl;
  readonly #publisher: Publisher;
  readonly #state: ModeMachine;
  readonly #startReport: StartReport;
  readonly #signalOrders = new SignalOrders();
  readonly #fleetGate = new FleetGate();
  #consumer: Consumer | undefined;
  /** undefined: it is a spare. */
  #slot: number | undefined;
  /** The state of the application's connection while its first Worker is awaited. */
  #awaited: (() => ConnectionState) | undefined;
  #queues: readonly string[] = [];
  #suspensionOrders = 0;
  #link: InitLink | undefined;
  #rowKeeper: RowKeeper | undefined;

  constructor(launch: WorkerLaunchConfig, application: Application, log: Logger, edges: ProcessEdges, row?: RowWriter) {
    this.#launch = launch;
    this.#application = application;
    this.#log = log;
    this.#edges = edges;
    this.#row = row;
    this.#slot = launch.options.isSpare === true ? undefined : launch.options.slot;
    this.#jobs = new JobControl({
      launch,
      application,
      row,
      listener: { changed: () => this.#publisher.changed(), unshown: () => this.#publisher.now() },
      state: () => this.#state,
      consumer: () => this.#consumer,
      act: (order) => this.#act(order),
      send: (message) => this.#link?.send(message),
      taken: () => this.#rowKeeper?.jobBegan(),
    });
    this.exitReporter = new ExitReporter({
      launch,
      application,
      log,
      endApplication: edges.endApplication,
      jobs: this.#jobs,
      link: () => this.#link,
      consumer: () => this.#consumer,
      slot: () => this.#slot ?? launch.options.slot,
    });
    this.#startReport = new StartReport(application, row, (message) => this.#link?.send(message));
    const selfReport = new SelfReport(launch, this.#jobs.held, row, edges.showTitle);
    this.#publisher = new Publisher(() =>
      selfReport.show(
        this.#slot,
        this.#state.mode,
        { suspended: this.#state.isSuspended, suspensionOrders: this.#suspensionOrders },
        this.#consumer?.state ?? this.#awaited?.(),
        this.#queues,
        this.#link,
      ),
    );
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.ended = ended;
    this.#state = new ModeMachine((from, to) => {
      log.debug({ from, to }, "changed mode");
      this.#follow();
      emitMode(this.#consumer, from, to);
      if (to === "ended") end();
    });
  }

  get holding(): JobName[] {
    return this.#jobs.held.all.map(nameOf);
  }

  connectTo(link: InitLink): void {
    this.#link = link;
    this.#jobs.held.times.sendBy((message) => link.send(message));
    this.#publisher.changed();
  }

  /** Resolves when everything that jobs need is ready, except that Redis may connect later. */
  async start(): Promise<void> {
    const application = this.#application;
    this.#awaited = watchAwaitedClient(application.config.redis, () => this.#publisher.changed());
    await this.#edges.continueApplication(application, this.#launch, (refusal) => this.exitReporter.refused(refusal));
    if (this.#state.isLeaving) return;
    this.#consumer = await startConsumer({
      launch: this.#launch,
      application,
      held: this.#jobs.held,
      jobStopper: this.#jobs.stopper,
      publisher: this.#publisher,
      row: this.#row,
      log: this.#log,
      send: (message) => this.#link?.send(message),
      waits: () => this.#started("noQueues"),
      isLeaving: () => this.#state.isLeaving,
      taking: () => this.#state.mode === "taking",
      queuesAre: (names) => void (this.#queues = names),
      releaseMemory: this.#edges.releaseMemory(),
      runnerEdges: this.#edges.runnerEdges,
    });
    if (this.#state.isLeaving) return;
    const consumer = this.#consumer;
    if (this.#launch.settings.fleet === "on" && consumer !== undefined)
      void this.#fleetGate.open({ rule: () => consumer.fleetRule(), known: (rule) => this.#fleetRuled(rule) });
    this.#started();
  }

  #fleetRuled(rule: FleetRule): void {
    // init gets this before the status update that follows from it.
    this.#link?.send({ kind: "readFleet", rule });
    if (rule.suspended) this.#act({ kind: "suspend" });
    this.#follow();
  }

  #started(notTaking?: NotTakingReason): void {
    this.#startReport.started(notTaking);
    this.#follow();
  }

  receive(message: InitToWorker): void {
    const { recordSignals } = this.#edges;
    this.#rowKeeper?.heard();
    if (suspensionOrders.has(message.kind)) this.#suspensionOrders += 1;
    switch (message.kind) {
      case "welcome":
        if (this.#row !== undefined)
          this.#rowKeeper = new RowKeeper(this.#row, this.#launch, this.#jobs.held, recordSignals, this.#log);
        this.#startReport.showNotTaking();
        if (message.suspended) this.#act({ kind: "suspend" });
        return;
      case "drain":
        return this.#act({ kind: "drain", by: "init" });
      case "takeOver":
        return this.#takeOver(message);
      case "suspend":
      case "resume":
      case "take":
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
        return void this.#jobs.stopper.stopOne(message);
    }
  }

  /** Until then the log names no slot. */
  #takeOver({ slot, suspended }: Extract<InitToWorker, { kind: "takeOver" }>): void {
    this.#slot = slot;
    this.#log.setBindings({ slot });
    this.#act({ kind: suspended ? "suspend" : "resume" });
    this.#act({ kind: "take" });
  }

  signalled(signal: WorkerSignal): void {
    this.#rowKeeper?.heard();
    const { mode } = this.#state;
    const order = this.#signalOrders.orderOf(signal, mode);
    this.#log.info({ signal, mode, order: order?.kind ?? "joinDrain" }, "received signal");
    if (order !== undefined) this.#act(order);
    if (signalTable[signal].worker === "stop") this.#row?.stopHeard(monotonicClock.now());
  }

  /** Without init, no process supervises this worker. It hands back its jobs, for the next forker to take. */
  initDied(cause: Error | undefined): void {
    if (this.#state.mode === "ended") return;
    this.#log.error({ cause: cause?.message }, "lost the channel to init: stopping");
    this.#act({ kind: "stop", timeoutMs: undefined });
  }

  /** Resolves with the exit code. */
  async leave(): Promise<number> {
    this.#publisher.close();
    return await this.exitReporter.leave();
  }

  #act(order: WorkerOrder): void {
    switch (order.kind) {
      case "take":
        return void this.#state.transition("take");
      case "suspend":
      case "resume":
        this.#state.transition(order.kind);
        return this.#publisher.changed();
      case "drain":
        if (this.#state.transition("drain")) void this.#jobs.shutdown.drain(order);
        return;
      case "stop":
        if (this.#state.transition("stop"))
          void this.#jobs.shutdown.stop(order.timeoutMs ?? this.#launch.settings.stopTimeoutMs);
        else if (order.timeoutMs === 0) this.#jobs.shutdown.stopNow();
        return;
      case "stopJobs":
        return void this.#jobs.stopper.stopAll();
    }
  }

  #follow(): void {
    this.#consumer?.dispatcher.setFetchMode(this.#fleetGate.limit(fetchModes[this.#state.mode]));
    if (this.#state.isLeaving) this.#consumer?.runners.leave();
    // A slot is ready when init has read this.
    this.#publisher.now();
  }
}
