import type { Logger } from "pino";
import type { Settings } from "../../config/settings.ts";
import type { ThrottledWarnings } from "../../log/throttled-warnings.ts";
import { jobText } from "../../text/printable.ts";
import type { KeeperEvent } from "../state/apply-keeper-event.ts";
import { lostInTrial } from "../state/apply-template-event.ts";
import { type Event, exitText } from "../state/event.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";
import type { World } from "../state/world.ts";
import { jobNames, orderText, templateExitText, workerFields } from "./wording.ts";

/** Logs events: one line each, with slot, generation and pid where there are such. */
export class EventLog {
  readonly #world: World;
  readonly #log: Logger;
  readonly #warnings: ThrottledWarnings;
  readonly #engine: Settings["engine"];

  constructor(world: World, log: Logger, warnings: ThrottledWarnings, engine: Settings["engine"]) {
    this.#world = world;
    this.#log = log;
    this.#warnings = warnings;
    this.#engine = engine;
  }

  /** Called before the event changes the world: it tells what was. What a process says twice is logged once. */
  write(event: Event, now: number): void {
    if (event.kind === "order") {
      this.#log.info({ order: event.order.kind }, `asked to ${orderText(event.order)}`);
    } else if (event.kind === "boardRead" || event.kind === "jobEnded") {
      return;
    } else if (event.kind === "thawed") {
      this.#log.warn({ frozenMs: Math.round(event.frozenMs) }, "init was frozen; deadlines are extended by that time");
    } else if (event.kind === "jobStopAsked") {
      this.#log.info(`asked to stop ${jobText(event.job)}`);
    } else if (event.kind === "waiters") {
      this.#log.debug({ waiters: event.count }, "who waits for the drain");
    } else if ("keeper" in event || "deadWorker" in event) {
      this.#keeper(event);
    } else if ("template" in event) {
      const template = this.#world.templates.find((one) => one.id === event.template);
      if (template !== undefined) this.#template(event, template);
    } else {
      const worker = this.#world.workers.find((one) => one.id === event.worker);
      if (worker !== undefined) this.#worker(event, worker, now);
    }
  }

  #keeper(event: KeeperEvent): void {
    switch (event.kind) {
      case "jobsHandedBack": {
        const { handedBack, failed, wroteCompleted, wroteFailed } = event;
        const written = [...wroteCompleted, ...wroteFailed];
        if (written.length > 0)
          this.#log.info(
            { completed: wroteCompleted.length, failed: wroteFailed.length },
            `wrote the ends of ${jobNames(written)}: Redis had refused them to a worker that has exited`,
          );
        if (handedBack.length > 0) this.#log.info(`handed back ${jobNames(handedBack)} of a worker that is no more`);
        if (failed.length > 0)
          this.#log.error(`failed ${jobNames(failed)}: its worker was ended for it, or too many died with it`);
        return;
      }
      case "jobsRecovered": {
        const { handedBack, failed } = event;
        if (handedBack.length > 0)
          this.#log.warn(
            `handed back ${jobNames(handedBack)} of a forker that was here before and did not end by itself`,
          );
        if (failed.length > 0) this.#log.error(`failed ${jobNames(failed)}: too many workers died with it`);
        return;
      }
      case "keeperExited": {
        const killed = this.#world.keeper?.state === "killed";
        this.#log[killed ? "debug" : "error"](`keeper ${exitText(event.status)}`);
        return;
      }
      case "keeperReady":
        this.#log.info({ keeperPid: this.#world.keeper?.pid }, "keeper ready");
        return;
      case "keeperAlive":
      case "keeperQuarantined":
      case "keeperLaunched":
      case "keeperSawStale":
        return;
    }
  }

  #template(event: Extract<Event, { template: number }>, template: Template): void {
    const { pid: templatePid, generation } = template;
    switch (event.kind) {
      case "templateFailed":
        if (template.failure !== undefined) return;
        this.#log.error({ generation, templatePid, stack: event.failure.stack }, event.failure.message);
        return;
      case "templateExited": {
        const orderly = template.state === "retiring" || template.state === "killed" || template.failure !== undefined;
        const lost = lostInTrial(template, event.status);
        this.#log[orderly ? "debug" : "error"](
          { generation, templatePid },
          lost ?? `template ${templateExitText(template, event.status)}`,
        );
        // Another template takes its place, whose workers are spawned.
        if (lost !== undefined && this.#engine === "auto") return;
        if (
          template.state !== "retiring" &&
          this.#world.candidate?.number === generation &&
          this.#world.current !== undefined
        ) {
          const why = lost ?? template.failure?.message ?? templateExitText(template, event.status);
          this.#log.error({ generation }, `reload failed: ${why}; generation ${this.#world.current.number} stays`);
        }
        return;
      }
      case "templateLoaded":
        if (template.state !== "loading") return;
        this.#log.info(
          { generation, loadMs: Math.round(event.loadMs), engine: event.loaded.engine },
          "generation loaded",
        );
        return;
      case "forkClaimRefused": {
        const slot = this.#world.workers.find(({ id }) => id === event.claimed)?.slot;
        this.#warnings.warn(
          { slot, generation, workerPid: event.pid, cause: event.why },
          "a template names a worker that is none",
        );
        return;
      }
      case "templateLaunched":
      case "templateTrying":
      case "templateBroken":
        return;
    }
  }

  #worker(event: Extract<Event, { worker: number }>, worker: Worker, now: number): void {
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
        this.#log.error({ ...workerFields(worker), cause: event.why }, "worker failed to start");
        return;
      case "workerNotLaunched":
        this.#log.error({ ...workerFields(worker), cause: event.why }, "worker could not be forked");
        return;
      case "workerExited": {
        const asked = worker.state === "draining" || worker.state === "stopping" || worker.state === "killed";
        const orderly = asked || worker.exitReport !== undefined;
        this.#log[orderly ? "info" : "error"](workerFields(worker), `worker ${exitText(event.status)}`);
        return;
      }
      case "workerStatusUpdate":
      case "workerJobStopped":
      case "workerHeardEnd":
      case "workerLaunched":
      case "workerDialled":
      case "workerExitReport":
      case "workerChannelClosed":
        return;
    }
  }
}
