import { exitCodes } from "../../exit/exit-codes.ts";
import type { LeveledLog } from "../../log/leveled-log.ts";
import { spawnAdvice } from "../../protocol/spawn-advice.ts";
import type { Action } from "../state/action.ts";
import type { Shortage } from "../state/demand.ts";
import { exitText } from "../state/event.ts";
import type { HandBackOrder } from "../state/keeper.ts";
import { wantedSlots } from "../state/wanted-slots.ts";
import type { World } from "../state/world.ts";
import { jobNames, runnerFields, templateFields, workerFields } from "./wording.ts";

const shortageTexts = {
  memory: "the cgroup has no memory for another one",
  cpu: "the cgroup has no CPU for another one",
} as const satisfies Record<Shortage, string>;

/** Logs actions, one line each. Messages are fixed; what varies is in fields. */
export class ActionLog {
  readonly #world: World;
  readonly #log: LeveledLog;

  constructor(world: World, log: LeveledLog) {
    this.#world = world;
    this.#log = log;
  }

  /** Called after the action has changed the world. */
  write(action: Action): void {
    const { current, candidate, workers, templates, keeper } = this.#world;
    const worker = "worker" in action ? workers.find(({ id }) => id === action.worker) : undefined;
    const fields = worker === undefined ? {} : workerFields(worker);
    switch (action.kind) {
      case "startReload":
        this.#log.info(
          { generation: candidate?.number },
          current === undefined ? "loading application" : "reloading application",
        );
        return;
      case "restartTemplate":
        this.#restarting(action.generation);
        return;
      case "activate":
        this.#log.info(
          { generation: current?.number, workers: wantedSlots(this.#world).length, engine: current?.engine },
          "activated generation",
        );
        if (action.undoneWorkers !== 0)
          this.#log.info(
            { generation: current?.number, ...undone(action.undoneWorkers) },
            "undid earlier TTIN and TTOU",
          );
        return;
      case "abandonReload":
        this.#log.error(
          { currentGeneration: current?.number, reason: action.why },
          "abandoned reload; the current generation stays",
        );
        return;
      case "killTemplate": {
        const template = templates.find(({ id }) => id === action.template);
        this.#log[action.broken ? "error" : "warn"](
          { ...(template === undefined ? {} : templateFields(template)), reason: action.why },
          "sent SIGKILL to template",
        );
        return;
      }
      case "fallBack":
        this.#log.error(
          { generation: current?.number, engine: "spawn", reason: action.why, advice: spawnAdvice },
          "fell back to spawned workers",
        );
        return;
      case "killRunner": {
        const runner = this.#world.runners.find(({ id }) => id === action.runner);
        const isOver = runner?.job === undefined || runner.killedFor === "its worker has ended";
        this.#log[isOver ? "debug" : "warn"](
          { ...(runner === undefined ? {} : runnerFields(runner)), reason: action.why },
          "sent SIGKILL to runner",
        );
        return;
      }
      case "startRunners":
        this.#log.debug({ ...fields, runners: action.count }, "starting runners");
        return;
      case "kill":
        this.#log.warn({ ...fields, reason: action.why }, "sent SIGKILL to worker");
        return;
      case "endJobs": {
        const reason = action.endings.map(({ message }) => message).join("; ");
        this.#log.warn({ ...fields, jobs: jobNames(action.endings), reason }, "sent SIGKILL to worker");
        return;
      }
      case "giveUp":
        this.#log.error(
          { slot: action.slot, [`${action.process.role}Pid`]: action.pid, reason: exitText(action.status) },
          `gave up waiting for ${action.process.role}`,
        );
        return;
      case "fail":
        this.#log.fatal({ exitCode: exitCodes[action.exit].code, reason: action.why }, "giving up");
        return;
      case "startWorkers":
        this.#log.debug({ generation: action.generation, slots: action.slots }, "starting workers");
        return;
      case "addWorkers":
      case "removeWorkers": {
        const { queues, from, slots, waiting, clearMs, why } = action;
        const isMore = action.kind === "addWorkers";
        const to = isMore ? from + slots.length : from - slots.length;
        this.#log.info(
          { queues: queues.join(","), from, to, slots, waiting, clearMs, reason: why },
          isMore ? "added workers" : "removed workers",
        );
        return;
      }
      case "holdWorkers": {
        const { queues, from, waiting, clearMs, heldBy } = action;
        this.#log.warn(
          { queues: queues.join(","), workers: from, waiting, clearMs, reason: shortageTexts[heldBy] },
          "added no more workers",
        );
        return;
      }
      case "startSpare":
        this.#log.debug({ generation: current?.number }, "starting spare");
        return;
      case "takeOver":
        this.#log.info(fields, "gave slot to spare");
        return;
      case "replace":
        this.#log.error({ ...fields, how: action.how, reason: action.why }, "replacing stuck worker");
        return;
      case "recycle":
        this.#log.info({ ...fields, reason: action.why }, "recycling worker");
        return;
      case "take":
      case "suspend":
      case "resume":
      case "drain":
      case "stop":
        this.#log.debug({ ...fields, order: action.kind }, "sent order to worker");
        return;
      case "stopUnkilled":
        this.#log.debug({ ...fields, order: "stop" }, "sent order to worker");
        return;
      case "killKeeper":
        this.#log.info({ keeperPid: keeper?.pid, reason: action.why }, "sent SIGKILL to keeper");
        return;
      case "dropEnds":
        this.#log.error(
          { count: action.jobs.length, jobs: jobNames(action.jobs), reason: action.why },
          "dropped job ends without calling onFailure or afterPerform",
        );
        return;
      case "giveUpHandBack": {
        const { slot, workerPid, holding, endings, mayHoldMore } = action.order;
        if (holding.length === 0) return this.#gaveUpLooking(action.order);
        const finished = endings.filter(({ outcome }) => outcome === "unwritten");
        this.#log.error(
          {
            slot,
            workerPid,
            count: holding.length,
            jobs: jobNames(holding),
            finished: jobNames(finished),
            ...(mayHoldMore && { mayHoldMore }),
          },
          "gave up handing back jobs of a dead worker; they run again when BullMQ's stalled check finds them",
        );
        return;
      }
      case "giveUpQuarantined":
        this.#log.error("gave up handing back quarantined jobs; the next instance on this host will find them");
        return;
      case "tellWaiters":
        this.#log.debug({ waiters: this.#world.waiters }, "reported end of drain");
        return;
      case "passOnEnd":
      case "askRetryDelay":
      case "answerRetryDelay":
      case "startKeeper":
      case "keeperLeaves":
      case "withdraw":
      case "handBack":
      case "retireTemplate":
      case "exit":
        return;
    }
  }

  /** Redis may have given it a job in its last moment. */
  #gaveUpLooking({ slot, workerPid, mayHoldMore }: HandBackOrder): void {
    this.#log[mayHoldMore ? "warn" : "info"](
      { slot, workerPid, ...(mayHoldMore && { mayHoldMore }) },
      "gave up looking for jobs of a dead worker that is not known to hold any",
    );
  }

  #restarting(generation: number): void {
    const reason = this.#world.templates.at(-1)?.spawnReason;
    if (reason !== undefined)
      this.#log.warn({ generation, engine: "spawn", reason, advice: spawnAdvice }, "workers are spawned, not forked");
    this.#log.info({ generation }, "replacing template that died");
  }
}

function undone(workers: number): { readonly added: number } | { readonly removed: number } {
  return workers > 0 ? { added: workers } : { removed: -workers };
}
