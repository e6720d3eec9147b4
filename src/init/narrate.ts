import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import { jobText } from "../text/printable.ts";
import type { Action } from "./action.ts";
import { lostInTrial } from "./apply-event.ts";
import type { KeeperEvent } from "./apply-keeper-event.ts";
import { type Event, exitText } from "./event.ts";
import { intentText, jobNames, templateExitText } from "./wording.ts";
import type { Template, Worker, World } from "./world.ts";

const namedAtMost = 100;

/** The log's wording and levels: one line an event, each with slot, gen and pid where there are such. */
export class Narrator {
  readonly #world: World;
  readonly #log: Logger;
  readonly #engine: Settings["engine"];

  constructor(world: World, log: Logger, engine: Settings["engine"]) {
    this.#world = world;
    this.#log = log;
    this.#engine = engine;
  }

  /** Called before the event changes the world: it tells what was. What a process says twice is logged once. */
  event(event: Event, now: number): void {
    if (event.kind === "intent") {
      this.#log.info({ intent: event.intent.kind }, `asked to ${intentText(event.intent)}`);
    } else if (event.kind === "boardRead" || event.kind === "jobEnded") {
      return;
    } else if (event.kind === "thawed") {
      this.#log.warn({ frozenMs: Math.round(event.frozenMs) }, "init was frozen; deadlines are extended by that time");
    } else if (event.kind === "jobStopAsked") {
      this.#log.info(`asked to stop ${jobText(event.job)}`);
    } else if (event.kind === "waiters") {
      this.#log.debug({ waiters: event.count }, "who waits for the drain");
    } else if ("keeper" in event || "returned" in event) {
      this.#keeper(event);
    } else if ("template" in event) {
      const template = this.#world.templates.find((one) => one.id === event.template);
      if (template !== undefined) this.#template(event, template);
    } else {
      const worker = this.#world.workers.find((one) => one.id === event.worker);
      if (worker !== undefined) this.#worker(event, worker, now);
    }
  }

  /** Called after the action has changed the world. */
  action(action: Action): void {
    const { current, candidate } = this.#world;
    switch (action.kind) {
      case "startReload":
        this.#log.info({ gen: candidate?.number }, current === undefined ? "loading the application" : "reloading");
        return;
      case "restartTemplate":
        this.#restarting(action.generation);
        return;
      case "adopt":
        this.#log.info(
          { gen: current?.number, workers: current?.specs.length, engine: current?.engine },
          "generation adopted",
        );
        return;
      case "abandonReload":
        this.#log.error({ gen: current?.number }, `reload abandoned: ${action.why}; the current generation stays`);
        return;
      case "killTemplate":
        this.#log[action.broken ? "error" : "warn"](`killing a template: ${action.why}`);
        return;
      case "fallBack":
        this.#log.error({ gen: current?.number, engine: "spawn" }, `workers are spawned from now on: ${action.why}`);
        return;
      case "kill": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        this.#log.warn(worker === undefined ? {} : facts(worker), `killing a worker: ${action.why}`);
        return;
      }
      case "endJobs": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        const why = action.endings.map((one) => `${jobText(one)}: ${one.message}`).join("; ");
        this.#log.warn(worker === undefined ? {} : facts(worker), `killing a worker, whose job did not end: ${why}`);
        return;
      }
      case "giveUp":
        this.#log.error(`gave up a ${action.process.role} that ${exitText(action.status)}`);
        return;
      case "fail":
        this.#log.fatal(`giving up: ${action.why}`);
        return;
      case "startWorkers":
        this.#log.debug({ gen: action.generation, slots: action.slots }, "starting workers");
        return;
      case "replace": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        const what = action.how === "kill" ? "killing" : "replacing";
        this.#log.error(worker === undefined ? {} : facts(worker), `${what} a worker: ${action.why}`);
        return;
      }
      case "recycle": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        this.#log.info(worker === undefined ? {} : facts(worker), `recycling a worker: ${action.why}`);
        return;
      }
      case "take":
      case "suspend":
      case "resume":
      case "drain":
      case "stop": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        if (worker === undefined) return;
        this.#log.debug(facts(worker), `told a worker to ${action.kind}`);
        return;
      }
      case "killKeeper":
        this.#log.info(`ending the keeper: ${action.why}`);
        return;
      case "dropEnds":
        this.#log.error(
          { count: action.jobs.length },
          `called no onFailure or afterPerform for ${jobNames(action.jobs.slice(-namedAtMost))}: ${action.why}`,
        );
        return;
      case "giveUpReturn":
        this.#log.error("a dead worker's jobs could not be handed back in time: BullMQ's stalled check will find them");
        return;
      case "giveUpKeptBack":
        this.#log.error(
          "jobs that waited for their turn could not be handed back: the next forker on this host finds them",
        );
        return;
      case "tellWaiters":
        this.#log.debug(`told ${this.#world.waiters} that wait for it: everything is over`);
        return;
      case "passOnEnd":
      case "startKeeper":
      case "keeperLeaves":
      case "handBack":
      case "retireTemplate":
      case "exit":
        return;
    }
  }

  #restarting(gen: number): void {
    const reason = this.#world.templates.at(-1)?.spawnReason;
    if (reason !== undefined) this.#log.warn({ gen, engine: "spawn" }, `workers are spawned, not forked: ${reason}`);
    this.#log.info({ gen }, "loading a template in place of the one that died");
  }

  #keeper(event: KeeperEvent): void {
    switch (event.kind) {
      case "jobsReturned": {
        const { handedBack, failed, wroteCompleted, wroteFailed } = event;
        const written = [...wroteCompleted, ...wroteFailed];
        if (written.length > 0)
          this.#log.info(
            { completed: wroteCompleted.length, failed: wroteFailed.length },
            `wrote the ends of ${jobNames(written)}: Redis had refused them to a worker that is no more`,
          );
        if (handedBack.length > 0) this.#log.info(`handed back ${jobNames(handedBack)} of a worker that is no more`);
        if (failed.length > 0)
          this.#log.error(`failed ${jobNames(failed)}: its worker was ended for it, or too many died with it`);
        return;
      }
      case "jobsInherited": {
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
      case "keeperKeepsBack":
      case "keeperBorn":
      case "keeperSawStale":
        return;
    }
  }

  #template(event: Extract<Event, { template: number }>, template: Template): void {
    const { pid: templatePid, generation: gen } = template;
    switch (event.kind) {
      case "templateFailed":
        if (template.failure !== undefined) return;
        this.#log.error({ gen, templatePid, stack: event.failure.stack }, event.failure.message);
        return;
      case "templateExited": {
        const orderly = template.state === "retiring" || template.state === "killed" || template.failure !== undefined;
        const lost = lostInTrial(template, event.status);
        this.#log[orderly ? "debug" : "error"](
          { gen, templatePid },
          lost ?? `template ${templateExitText(template, event.status)}`,
        );
        // Another template takes its place, whose workers are spawned.
        if (lost !== undefined && this.#engine === "auto") return;
        if (
          template.state !== "retiring" &&
          this.#world.candidate?.number === gen &&
          this.#world.current !== undefined
        ) {
          const why = lost ?? template.failure?.message ?? templateExitText(template, event.status);
          this.#log.error({ gen }, `reload failed: ${why}; generation ${this.#world.current.number} stays`);
        }
        return;
      }
      case "templateBorn":
      case "templateTrying":
      case "templateLoaded":
      case "templateBroken":
        return;
    }
  }

  #worker(event: Extract<Event, { worker: number }>, worker: Worker, now: number): void {
    switch (event.kind) {
      case "workerStarted":
        if (worker.state !== "starting") return;
        this.#log.info({ ...facts(worker), startMs: Math.round((now - worker.askedAt) * 10) / 10 }, "worker started");
        return;
      case "workerStartFailed":
        if (worker.startFailure !== undefined) return;
        this.#log.error({ ...facts(worker), cause: event.why }, "worker failed to start");
        return;
      case "workerNotBorn":
        this.#log.error({ ...facts(worker), cause: event.why }, "worker could not be forked");
        return;
      case "workerExited": {
        const asked = worker.state === "draining" || worker.state === "stopping" || worker.state === "killed";
        const orderly = asked || worker.farewell !== undefined;
        this.#log[orderly ? "info" : "error"](facts(worker), `worker ${exitText(event.status)}`);
        return;
      }
      case "workerPulse":
      case "workerJobStopped":
      case "workerHeardEnd":
      case "workerBorn":
      case "workerAwake":
      case "workerFarewell":
      case "workerSilent":
        return;
    }
  }
}

function facts(worker: Worker) {
  return { slot: worker.slot, gen: worker.generation, workerPid: worker.pid };
}
