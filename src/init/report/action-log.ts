import type { Logger } from "pino";
import { jobText } from "../../text/printable.ts";
import type { Action } from "../state/action.ts";
import { exitText } from "../state/event.ts";
import type { World } from "../state/world.ts";
import { jobNames, workerFields } from "./wording.ts";

const namedAtMost = 100;

/** Logs actions, one line each. */
export class ActionLog {
  readonly #world: World;
  readonly #log: Logger;

  constructor(world: World, log: Logger) {
    this.#world = world;
    this.#log = log;
  }

  /** Called after the action has changed the world. */
  write(action: Action): void {
    const { current, candidate, workers } = this.#world;
    const worker = "worker" in action ? workers.find(({ id }) => id === action.worker) : undefined;
    const fields = worker === undefined ? {} : workerFields(worker);
    switch (action.kind) {
      case "startReload":
        this.#log.info(
          { generation: candidate?.number },
          current === undefined ? "loading the application" : "reloading",
        );
        return;
      case "restartTemplate":
        this.#restarting(action.generation);
        return;
      case "adopt":
        this.#log.info(
          { generation: current?.number, workers: current?.specs.length, engine: current?.engine },
          "generation adopted",
        );
        return;
      case "abandonReload":
        this.#log.error(
          { generation: current?.number },
          `reload abandoned: ${action.why}; the current generation stays`,
        );
        return;
      case "killTemplate":
        this.#log[action.broken ? "error" : "warn"](`killing a template: ${action.why}`);
        return;
      case "fallBack":
        this.#log.error(
          { generation: current?.number, engine: "spawn" },
          `workers are spawned from now on: ${action.why}`,
        );
        return;
      case "kill":
        this.#log.warn(fields, `killing a worker: ${action.why}`);
        return;
      case "endJobs": {
        const why = action.endings.map((one) => `${jobText(one)}: ${one.message}`).join("; ");
        this.#log.warn(fields, `killing a worker, whose job did not end: ${why}`);
        return;
      }
      case "giveUp":
        this.#log.error(`gave up a ${action.process.role} that ${exitText(action.status)}`);
        return;
      case "fail":
        this.#log.fatal(`giving up: ${action.why}`);
        return;
      case "startWorkers":
        this.#log.debug({ generation: action.generation, slots: action.slots }, "starting workers");
        return;
      case "replace": {
        const what = action.how === "kill" ? "killing" : "replacing";
        this.#log.error(fields, `${what} a worker: ${action.why}`);
        return;
      }
      case "recycle":
        this.#log.info(fields, `recycling a worker: ${action.why}`);
        return;
      case "take":
      case "suspend":
      case "resume":
      case "drain":
      case "stop":
        this.#log.debug(fields, `told a worker to ${action.kind}`);
        return;
      case "killKeeper":
        this.#log.info(`ending the keeper: ${action.why}`);
        return;
      case "dropEnds":
        this.#log.error(
          { count: action.jobs.length },
          `called no onFailure or afterPerform for ${jobNames(action.jobs.slice(-namedAtMost))}: ${action.why}`,
        );
        return;
      case "giveUpHandBack":
        this.#log.error("a dead worker's jobs could not be handed back in time: BullMQ's stalled check will find them");
        return;
      case "giveUpQuarantined":
        this.#log.error("quarantined jobs could not be handed back: the next forker on this host finds them");
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

  #restarting(generation: number): void {
    const reason = this.#world.templates.at(-1)?.spawnReason;
    if (reason !== undefined)
      this.#log.warn({ generation, engine: "spawn", reason }, "workers are spawned, not forked");
    this.#log.info({ generation }, "loading a template in place of the one that died");
  }
}
