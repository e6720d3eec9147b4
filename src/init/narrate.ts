import type { Logger } from "pino";
import type { Action } from "./action.ts";
import type { Event, ExitStatus } from "./event.ts";
import type { Template, Worker, World } from "./world.ts";

/** The log's wording and levels: one line an event, each with slot, gen and pid where there are such. */
export class Narrator {
  readonly #world: World;
  readonly #log: Logger;

  constructor(world: World, log: Logger) {
    this.#world = world;
    this.#log = log;
  }

  /** Called before the event changes the world: it tells what was. */
  event(event: Event, now: number): void {
    if (event.kind === "intent") {
      this.#log.info({ intent: event.intent.kind }, `asked to ${intentText(event.intent)}`);
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
        this.#log.info({ gen: action.generation }, "loading a template in place of the one that died");
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
        this.#log.warn(`killing a template: ${action.why}`);
        return;
      case "kill": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        this.#log.warn(worker === undefined ? {} : facts(worker), `killing a worker: ${action.why}`);
        return;
      }
      case "giveUp":
        this.#log.error("a worker was ordered, but was never born");
        return;
      case "fail":
        this.#log.fatal(`giving up: ${action.why}`);
        return;
      case "startWorkers":
        this.#log.debug({ gen: action.generation, slots: action.slots }, "starting workers");
        return;
      case "take":
      case "suspend":
      case "resume":
      case "drain":
      case "stop": {
        const worker = this.#world.workers.find((one) => one.id === action.worker);
        if (worker !== undefined) this.#log.debug(facts(worker), `told a worker to ${action.kind}`);
        return;
      }
      case "retireTemplate":
      case "exit":
        return;
    }
  }

  #template(event: Extract<Event, { template: number }>, template: Template): void {
    const { pid: templatePid, generation: gen } = template;
    switch (event.kind) {
      case "templateFailed":
        this.#log.error({ gen, templatePid, stack: event.failure.stack }, event.failure.message);
        return;
      case "templateExited": {
        const orderly = template.state === "retiring" || template.state === "killed" || template.failure !== undefined;
        this.#log[orderly ? "debug" : "error"]({ gen, templatePid }, `template ${statusText(event.status)}`);
        if (
          template.state !== "retiring" &&
          this.#world.candidate?.number === gen &&
          this.#world.current !== undefined
        ) {
          const why = template.failure?.message ?? statusText(event.status);
          this.#log.error({ gen }, `reload failed: ${why}; generation ${this.#world.current.number} stays`);
        }
        return;
      }
      case "templateBorn":
      case "templateLoaded":
        return;
    }
  }

  #worker(event: Extract<Event, { worker: number }>, worker: Worker, now: number): void {
    switch (event.kind) {
      case "workerStarted":
        this.#log.info({ ...facts(worker), startMs: Math.round((now - worker.askedAt) * 10) / 10 }, "worker started");
        return;
      case "workerStartFailed":
        this.#log.error({ ...facts(worker), cause: event.why }, "worker failed to start");
        return;
      case "workerNotBorn":
        this.#log.error({ ...facts(worker), cause: event.why }, "worker could not be forked");
        return;
      case "workerExited": {
        const asked = worker.state === "draining" || worker.state === "stopping" || worker.state === "killed";
        const orderly = asked || worker.farewell !== undefined;
        this.#log[orderly ? "info" : "error"](facts(worker), `worker ${statusText(event.status)}`);
        return;
      }
      case "workerPulse":
      case "workerBorn":
      case "workerFarewell":
      case "workerSilent":
        return;
    }
  }
}

function facts(worker: Worker) {
  return { slot: worker.slot, gen: worker.generation, workerPid: worker.pid };
}

function statusText(status: ExitStatus): string {
  if ("signal" in status) return `died of ${status.signal}`;
  if ("unknown" in status) return "ended; its exit status is unknown";
  return `ended with exit code ${status.exitCode}`;
}

function intentText(intent: Extract<Event, { kind: "intent" }>["intent"]): string {
  switch (intent.kind) {
    case "forward":
      return `forward ${intent.signal}`;
    case "killNow":
      return "stop at once";
    case "stopJobs":
      return "stop the ongoing jobs";
    case "addWorker":
      return "add a worker";
    case "removeWorker":
      return "remove a worker";
    case "drain":
    case "stop":
    case "reload":
    case "suspend":
    case "resume":
      return intent.kind;
  }
}
