import type { Settings } from "../../config/settings.ts";
import type { LeveledLog } from "../../log/leveled-log.ts";
import type { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import type { Order } from "../../signals/signal-table.ts";
import type { RunnerEvent } from "../state/apply-runner-event.ts";
import { lostInTrial } from "../state/apply-template-event.ts";
import type { WorkerEvent } from "../state/apply-worker-event.ts";
import { type Event, exitText } from "../state/event.ts";
import { generationOf } from "../state/find.ts";
import { isRefusedAtStart } from "../state/job-places.ts";
import { isLeaving } from "../state/phase.ts";
import type { Runner } from "../state/runner.ts";
import type { Template } from "../state/template.ts";
import { changedRange, mayLoseSlot, rangesOf, slotSpecs } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import type { World } from "../state/world.ts";
import { KeeperEventLog } from "./keeper-event-log.ts";
import {
  exitFields,
  exitMessage,
  jobNames,
  runnerFields,
  templateExitCause,
  templateFields,
  workerFields,
} from "./wording.ts";

/** Logs events, one line each. Messages are fixed; what varies is in fields. */
export class EventLog {
  readonly #world: World;
  readonly #log: LeveledLog;
  readonly #warnings: ThrottledWarnings;
  readonly #engine: Settings["engine"];
  readonly #keeperLog: KeeperEventLog;

  constructor(world: World, log: LeveledLog, warnings: ThrottledWarnings, engine: Settings["engine"]) {
    this.#world = world;
    this.#log = log;
    this.#warnings = warnings;
    this.#engine = engine;
    this.#keeperLog = new KeeperEventLog(world, log);
  }

  /** Called before the event changes the world, so that it can log the state before. Logs a repeated report once. */
  write(event: Event, now: number): void {
    if (event.kind === "order") {
      this.#order(event.order);
    } else if (
      event.kind === "boardRead" ||
      event.kind === "roomRead" ||
      event.kind === "jobEnded" ||
      event.kind === "killFailed" ||
      event.kind === "runnerFound"
    ) {
      return;
    } else if (event.kind === "thawed") {
      this.#log.warn({ frozenMs: Math.round(event.frozenMs) }, "extended deadlines, because init was frozen");
    } else if (event.kind === "jobStopAsked") {
      this.#log.info({ order: "stopJob", jobs: jobNames([event.job]) }, "received order");
    } else if (event.kind === "fleetAnswered") {
      this.#log.debug({ command: event.command, outcome: event.outcome }, "answered the fleet");
    } else if (event.kind === "waiters") {
      this.#log.debug({ waiters: event.count }, "drain waiters changed");
    } else if ("keeper" in event || "deadWorker" in event) {
      this.#keeperLog.write(event);
    } else if ("runner" in event) {
      const runner = this.#world.runners.find((one) => one.id === event.runner);
      if (runner !== undefined) this.#runner(event, runner);
    } else if ("template" in event) {
      const template = this.#world.templates.find((one) => one.id === event.template);
      if (template !== undefined) this.#template(event, template);
    } else {
      const worker = this.#world.workers.find((one) => one.id === event.worker);
      if (worker !== undefined) this.#worker(event, worker, now);
    }
  }

  #order({ kind: order, ...parameters }: Order): void {
    const world = this.#world;
    this.#log.info({ order, ...parameters }, "received order");
    if ((order !== "addWorker" && order !== "removeWorker") || isLeaving(world)) return;
    const changed = changedRange(world, order === "addWorker" ? 1 : -1);
    if (changed !== undefined) {
      const { from, to } = changed;
      const queues = from.spec.queues.join(",");
      this.#log.info({ queues, from: from.maximum, to: to.maximum }, "changed maximum of a range");
    } else if (order === "removeWorker" && !mayLoseSlot(world)) {
      const isRange = rangesOf(world).some(({ first }) => first === slotSpecs(world).length - 1);
      const why = isRange ? "the maximum of a range is at least 1" : "one worker always remains";
      this.#log.warn({ order }, `ignored order: ${why}`);
    }
  }

  #template(event: Extract<Event, { template: number }>, template: Template): void {
    const { generation } = template;
    const fields = templateFields(template);
    switch (event.kind) {
      case "templateFailed":
        if (template.failure !== undefined) return;
        // The message is the application's or the user's error, and usually the last line before init exits.
        this.#log.error({ ...fields, stack: event.failure.stack }, event.failure.message);
        return;
      case "templateExited": {
        const orderly = template.state === "retiring" || template.state === "killed" || template.failure !== undefined;
        const cause = templateExitCause(template, event.status);
        this.#log[orderly ? "debug" : "error"](
          { ...fields, ...exitFields(event.status), ...(cause !== undefined && { cause }) },
          exitMessage("template", event.status),
        );
        // init starts another template, which does not try to fork.
        if (this.#engine === "auto" && lostInTrial(template, event.status) !== undefined) return;
        if (
          template.state !== "retiring" &&
          this.#world.candidate?.number === generation &&
          this.#world.current !== undefined
        ) {
          const why = template.failure?.message ?? cause ?? `the template ${exitText(event.status)}`;
          this.#log.error(
            { generation, currentGeneration: this.#world.current.number, cause: why },
            "reload failed; the current generation stays",
          );
        }
        return;
      }
      case "templateLoaded":
        if (template.state !== "loading") return;
        this.#log.info(
          { generation, loadMs: Math.round(event.loadMs), engine: event.loaded.engine },
          "loaded generation",
        );
        return;
      case "forkClaimRefused": {
        const slot = this.#world.workers.find(({ id }) => id === event.claimed)?.slot;
        this.#warnings.warn(
          { slot, generation, workerPid: event.pid, cause: event.why },
          "rejected worker claimed by a template",
        );
        return;
      }
      case "templateLaunched":
      case "templateTrying":
      case "templateChannelClosed":
      case "templateBroken":
        return;
    }
  }

  #runner(event: RunnerEvent, runner: Runner): void {
    switch (event.kind) {
      case "runnerNotLaunched":
        this.#warnings.warn({ ...runnerFields(runner), cause: event.why }, "failed to fork runner");
        return;
      case "runnerExited": {
        // A runner may exit before its worker has reported that its job has ended.
        const hasExited = "exitCode" in event.status && event.status.exitCode === 0;
        const isOrderly = runner.state === "ending" || runner.state === "killed" || hasExited;
        const fields = { ...runnerFields(runner), ...exitFields(event.status) };
        if (isOrderly) this.#log.debug(fields, "runner exited");
        // The worker reports how the job ended.
        else if (runner.job !== undefined) this.#log.warn(fields, "runner ended during its job");
        else if (runner.state === "asked") this.#warnings.warn(fields, "runner ended before it was ready for a job");
        else this.#log.info(fields, "runner ended before it got a job");
        return;
      }
      case "runnerLaunched":
      case "runnerPrimed":
      case "runnerTaken":
      case "runnerDone":
      case "runnerKillAsked":
        return;
    }
  }

  #worker(event: WorkerEvent, worker: Worker, now: number): void {
    switch (event.kind) {
      case "workerStarted":
        if (worker.state !== "starting") return;
        this.#log.info(
          { ...workerFields(worker), startMs: Math.round((now - worker.askedAt) * 10) / 10 },
          "worker started",
        );
        return;
      case "workerStartFailed":
        if (worker.startFailure !== undefined) return;
        // The line that ends init or abandons the reload names it.
        if (event.refusal !== undefined && isRefusedAtStart(this.#world, worker)) return;
        this.#log.error({ ...workerFields(worker), cause: event.why }, "worker failed to start");
        return;
      case "workerNotLaunched":
        this.#log.error({ ...workerFields(worker), cause: event.why }, "failed to fork worker");
        return;
      case "workerExited": {
        const asked = worker.state === "draining" || worker.state === "stopping" || worker.state === "killed";
        const orderly = asked || worker.exitReport !== undefined;
        this.#log[orderly ? "info" : "error"](
          { ...workerFields(worker), ...exitFields(event.status) },
          exitMessage("worker", event.status),
        );
        return;
      }
      case "workerPlaced": {
        const isNew = generationOf(this.#world, worker.generation)?.place === undefined;
        if (isNew) this.#log.info({ ...workerFields(worker), redis: event.place.text }, "found the Redis of the jobs");
        return;
      }
      case "workerReadFleet":
        return this.#keeperLog.ruled(event.rule);
      case "workerSettled":
      case "workerCrashed":
      case "workerRefused":
      case "workerLateOptions":
      case "workerStatusUpdate":
      case "workerWantsRunners":
      case "workerMeasured":
      case "workerJobStopped":
      case "workerTookStalled":
      case "workerHeardEnd":
      case "workerRetryDelay":
      case "workerLaunched":
      case "workerDialled":
      case "workerExitReport":
      case "workerChannelClosed":
        return;
    }
  }
}
