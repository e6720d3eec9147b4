import type { LeveledLog } from "../../log/leveled-log.ts";
import type { FleetRule } from "../../protocol/fleet.ts";
import { isNewCommand, isNewRule } from "../state/apply-fleet.ts";
import type { KeeperEvent } from "../state/apply-keeper-event.ts";
import type { World } from "../state/world.ts";
import { exitFields, exitMessage, jobNames } from "./wording.ts";

/** Logs what the keeper has done, and what it has read of the fleet. */
export class KeeperEventLog {
  readonly #world: World;
  readonly #log: LeveledLog;

  constructor(world: World, log: LeveledLog) {
    this.#world = world;
    this.#log = log;
  }

  /** Called before the event changes the world. */
  write(event: KeeperEvent): void {
    switch (event.kind) {
      case "jobsHandedBack": {
        const { handedBack, failed, wroteCompleted, wroteFailed } = event;
        const order = this.#world.handBackOrders.find(({ worker }) => worker === event.deadWorker);
        const fields = { slot: order?.slot, reason: order?.reason };
        const written = [...wroteCompleted, ...wroteFailed];
        if (written.length > 0)
          this.#log.info(
            { ...fields, completed: wroteCompleted.length, failed: wroteFailed.length, jobs: jobNames(written) },
            "wrote job ends that Redis had refused to a worker",
          );
        if (handedBack.length > 0)
          this.#log.info({ ...fields, jobs: jobNames(handedBack) }, "handed back jobs of a dead worker");
        if (failed.length > 0) this.#log.error({ ...fields, jobs: jobNames(failed) }, "failed jobs of a dead worker");
        return;
      }
      case "jobsRecovered": {
        const { handedBack, failed } = event;
        if (handedBack.length > 0)
          this.#log.warn({ jobs: jobNames(handedBack) }, "handed back orphaned jobs of an earlier instance");
        if (failed.length > 0)
          this.#log.error(
            { jobs: jobNames(failed), reason: "too many workers died with them" },
            "failed orphaned jobs of an earlier instance",
          );
        return;
      }
      case "keeperExited": {
        const { state, pid: keeperPid } = this.#world.keeper ?? {};
        this.#log[state === "killed" ? "debug" : "error"](
          { keeperPid, ...exitFields(event.status) },
          exitMessage("keeper", event.status),
        );
        return;
      }
      case "keeperReady":
        this.#log.info({ keeperPid: this.#world.keeper?.pid }, "keeper ready");
        return;
      case "fleetOrdered": {
        const { command, order, by } = event;
        const { name, ...job } = order;
        if (!isNewCommand(this.#world, event)) return;
        const fields = "queue" in job ? { order: name, jobs: jobNames([job]) } : { order: name };
        this.#log.info({ ...fields, by, command }, "received order of the fleet");
        return;
      }
      case "fleetRuled":
        return this.ruled(event.rule);
      case "fleetRestarted":
        if (event.isLost)
          this.#log.warn({ command: event.after }, "Redis lost orders of the fleet; init obeys those that follow");
        return;
      case "fleetJoined":
      case "keeperAlive":
      case "keeperWithdrew":
      case "keeperAskedRetryDelay":
      case "keeperQuarantined":
      case "keeperLaunched":
      case "keeperSawStale":
      case "keeperCountedJobs":
      case "keeperCountedDue":
        return;
    }
  }

  /** A rule that no command has brought: this forker has just started, or its keeper was away. */
  ruled(rule: FleetRule): void {
    const known = this.#world.fleet.rule;
    if (!isNewRule(this.#world, rule) || (known === undefined && !rule.suspended)) return;
    this.#log.info({ order: rule.suspended ? "suspend" : "resume", by: rule.by }, "received order of the fleet");
  }
}
