import { RowWriter } from "../../../src/board/row-writer.ts";
import type { WorkerLaunchConfig } from "../../../src/protocol/launch-config.ts";
import type { InitToWorker, WorkerMessage, WorkerMode } from "../../../src/protocol/messages.ts";
import { nameOf, queue } from "../machine/job-store.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Release } from "../scenario/scenario.ts";
import { ChildModel } from "./child-model.ts";
import type { Container } from "./container.ts";
import { WorkerJobs } from "./worker-jobs.ts";
import { WorkerRunners } from "./worker-runners.ts";
import { WorkerSignals } from "./worker-signals.ts";

const slowMs = 1_000;
const startFailure = { code: "ERR_FORKER_WORKER_START", message: "afterFork failed: no", exit: "bootFailure" };
/** How long its reading of the fleet's rule is usually under way at most. */
const fleetReadMs = 50;
/** The real worker sends at most ten status updates a second. */
const updateEveryMs = 100;

/** A worker as init sees it: its messages, its row, how it obeys, and how it ends. */
export class WorkerModel extends ChildModel<InitToWorker, WorkerMessage> {
  readonly launch: WorkerLaunchConfig;
  readonly release: Release;
  readonly row: RowWriter | undefined;
  readonly jobs: WorkerJobs;
  readonly runners: WorkerRunners;
  readonly signals: WorkerSignals;
  mode: WorkerMode = "standby";
  isSuspended = false;
  #suspensionOrders = 0;
  #slot: number;
  #isOver = false;
  readonly #early: NodeJS.Signals[] = [];
  #isUpdatePending = false;
  #updatedAt = -Infinity;
  #lastUpdate = "";
  hasRow = false;
  /** When it received init's answer to its hello. */
  welcomedAt = Infinity;
  startedAt = Infinity;
  /** When it said that it had started. */
  saidStartedAt = Infinity;
  /** It has taken jobs, or would have if there had been one. */
  hasTaken = false;
  askedToDrainAt = Infinity;
  askedToStopAt = Infinity;
  reportedAt = Infinity;
  /** A fault that init should notice: it takes no jobs, or gives a reason that has ended. */
  isStuck = false;

  constructor(container: Container, process: SimulatedProcess, launch: WorkerLaunchConfig, release: Release) {
    super(container, process);
    this.launch = launch;
    this.release = release;
    this.#slot = launch.options.slot;
    const { row } = launch.options;
    const { board } = container;
    this.row = board === undefined || row === undefined ? undefined : new RowWriter(board.memory, row);
    this.runners = new WorkerRunners(container, this);
    this.jobs = new WorkerJobs(container, this);
    this.signals = new WorkerSignals(container, this);
    if (release.start === "silent") return;
    const loadMs = launch.engine === "spawn" ? release.loadMs : container.schedule.between(1, 10);
    const slowness = container.windows.isOpen("slow") ? 20 : 1;
    this.after(loadMs * slowness, () => this.#dial(slowness));
  }

  get token(): string {
    return this.launch.token;
  }

  /** Of a spare: the number after the last slot. */
  get slot(): number {
    return this.#slot;
  }

  /** What init is to believe about it is true: it takes the next job as soon as there is one. */
  get isReallyTaking(): boolean {
    return this.mode === "taking" && this.hasStarted && this.process.canRun && !this.process.isDead && !this.isStuck;
  }

  /** Nothing is wrong with what it has loaded. */
  get isSound(): boolean {
    return this.release.start === "starts" && !this.#lacksTemplate;
  }

  /** Only a template can fork its runners. */
  get #lacksTemplate(): boolean {
    return this.release.isolates && this.launch.engine === "spawn";
  }

  get hasStarted(): boolean {
    return this.startedAt < Infinity;
  }

  override signalled(signal: NodeJS.Signals): void {
    // The real worker opens its inbox when it has connected.
    if (this.dialledAt === Infinity) return void this.#early.push(signal);
    this.signals.handles(signal);
    if (signal === "SIGTERM" || signal === "SIGINT") this.#stop(this.launch.settings.stopTimeoutMs);
    else if (signal === "SIGQUIT" || signal === "SIGHUP") this.#drain(this.launch.settings.reloadDrainTimeoutMs);
    else if (signal === "SIGUSR1") this.jobs.stopAll();
    else if (signal === "SIGUSR2" || signal === "SIGCONT") this.#suspend(signal === "SIGUSR2");
    this.signals.handled(signal);
  }

  recorded(signal: NodeJS.Signals): void {
    this.signals.recorded(signal);
  }

  override ended(): void {
    this.jobs.close();
    this.runners.workerEnded();
    super.ended();
  }

  /** Updates its row as the real worker does twice a second. */
  beat(): void {
    const { now } = this.container.schedule.time;
    if (this.hasRow && this.process.canRun && !this.process.isDead) this.row?.beat(now - (now % 500));
  }

  halts(): void {
    this.beat();
  }

  /** Shows what has changed. */
  changed(): void {
    if (this.#isOver || !this.hasStarted) return;
    this.jobs.judge();
    if (this.#isUpdatePending) return;
    const { now } = this.container.schedule.time;
    const dueMs = this.#updatedAt + updateEveryMs - now;
    if (dueMs <= 0) return this.#update();
    this.#isUpdatePending = true;
    this.after(dueMs, () => this.#update());
  }

  #update(): void {
    this.#isUpdatePending = false;
    if (this.#isOver) return;
    const isShown = this.row !== undefined;
    const { windows, schedule } = this.container;
    const message: WorkerMessage = {
      kind: "statusUpdate",
      mode: this.mode,
      suspended: this.isSuspended,
      suspensionOrders: this.#suspensionOrders,
      connected: windows.isRedisUp,
      queues: [queue],
      holding: isShown ? [] : this.jobs.asHeld(),
      finished: isShown ? 0 : this.jobs.finished,
      failed: isShown ? 0 : this.jobs.failed,
    };
    const text = JSON.stringify(message);
    if (text === this.#lastUpdate) return;
    this.#lastUpdate = text;
    this.#updatedAt = schedule.time.now;
    this.send(message);
  }

  #dial(slowness: number): void {
    this.dial(this.token, {
      message: (message) => this.#receive(message, slowness),
      closed: () => this.#stop(this.launch.settings.stopTimeoutMs),
    });
    for (const signal of this.#early.splice(0)) this.signalled(signal);
  }

  #start(): void {
    // If it has said so too early, it has the order to take jobs already.
    if (this.mode === "draining" || this.mode === "stopping") return;
    const { start } = this.release;
    const { machine } = this.container;
    if (start === "mute") return;
    if (start === "dies") return void machine.kill(this.process, "SIGSEGV", "itself");
    if (start === "fails" || this.#lacksTemplate) {
      this.send({ kind: "startFailed", failure: startFailure });
      this.#isOver = true;
      return this.after(1, () => this.exit(70));
    }
    this.startedAt = this.now;
    this.saidStartedAt = Math.min(this.saidStartedAt, this.now);
    // The application of a slow release goes on for a while after it has started.
    const goesOn = this.release.startMs >= slowMs;
    this.send({ kind: "started", ...(goesOn && { goesOn }) });
    this.runners.begin();
    if (goesOn) this.after(this.release.startMs, () => this.send({ kind: "settled" }));
    if (this.launch.settings.fleet === "on") this.#readFleet();
    this.changed();
    if (this.mode === "taking") this.jobs.tryTake();
  }

  /** What it has read may be old when it reaches init. */
  #readFleet(): void {
    const { windows, schedule, fleet, scenario } = this.container;
    const { rule } = fleet;
    this.after(windows.isRedisUp ? schedule.between(1, scenario.fleetReadMs ?? fleetReadMs) : 250, () => {
      if (!windows.isRedisUp) return this.#readFleet();
      if (this.mode === "draining" || this.mode === "stopping") return;
      this.send({ kind: "readFleet", rule });
      if (rule.suspended) this.#suspend(true);
    });
  }

  #receive(message: InitToWorker, slowness: number): void {
    switch (message.kind) {
      case "welcome":
        this.welcomedAt = this.now;
        this.hasRow = this.row !== undefined;
        this.row?.claim(this.process.pid, this.now);
        this.#suspensionOrders += 1;
        if (message.suspended) this.#suspend(true);
        return this.after(this.release.startMs * slowness, () => this.#start());
      case "takeOver":
        this.#slot = message.slot;
        this.#suspensionOrders += 1;
        this.#suspend(message.suspended);
        return this.#take();
      case "take":
        return this.#take();
      case "suspend":
      case "resume":
        this.#suspensionOrders += 1;
        return this.#suspend(message.kind === "suspend");
      case "drain":
        return this.#drain(Infinity);
      case "stop":
        return this.#stop(message.timeoutMs);
      case "runnerEnded":
        return this.runners.runnerEnded(message);
      case "stopJobs":
        return this.jobs.stopAll();
      case "stopJob":
        return this.jobs.stopOne(message.id);
      case "ended":
        return this.after(1, () => this.send({ kind: "endHeard", number: message.number }));
      case "computeRetryDelay":
        return this.after(1, () => this.send({ kind: "retryDelay", number: message.number, delayMs: 100 }));
    }
  }

  #take(): void {
    if (this.mode === "standby") this.#become(this.isSuspended ? "suspended" : "taking");
  }

  #suspend(isSuspended: boolean): void {
    this.isSuspended = isSuspended;
    if (this.mode === "taking" && isSuspended) this.#become("suspended");
    if (this.mode === "suspended" && !isSuspended) this.#become("taking");
    this.changed();
  }

  #drain(limitMs: number): void {
    if (this.mode === "draining" || this.mode === "stopping") return;
    this.askedToDrainAt = this.now;
    this.#become("draining");
    this.runners.leave();
    this.jobs.whenEmpty(() => this.#leave());
    if (limitMs < Infinity) this.after(limitMs, () => this.#stop(this.launch.settings.stopTimeoutMs));
  }

  #stop(timeoutMs: number): void {
    if (this.mode === "stopping" || this.#isOver) return;
    this.askedToStopAt = this.now;
    this.#become("stopping");
    this.runners.leave();
    this.jobs.stopForExit(timeoutMs, () => this.#leave());
  }

  #become(mode: WorkerMode): void {
    this.mode = mode;
    this.hasTaken ||= mode === "taking";
    this.row?.mode(mode);
    this.changed();
    if (mode === "taking") this.jobs.tryTake();
  }

  #leave(): void {
    if (this.#isOver) return;
    const { finished, failed, handedBack, lost } = this.jobs;
    const report = { finished, failed, handedBack: handedBack.map(nameOf), lost: lost.map(nameOf), unwritten: [] };
    this.reportedAt = this.now;
    this.send({ kind: "exitReport", ...report, mayHoldUndelivered: false });
    this.#isOver = true;
    // What hangs is the application's, which has not run before the welcome.
    if (this.container.windows.isOpen("exitHangs") && this.welcomedAt < Infinity) return;
    const exitCode = lost.length === 0 ? 0 : 74;
    this.after(this.release.teardownMs, () => this.exit(exitCode));
  }
}
