import type { Logger } from "pino";
import type { DrainWaiters } from "../admin/drain-waiters.ts";
import type { Clock } from "../clock/monotonic.ts";
import type { LoopEffects } from "./loop.ts";
import type { KeeperGuard } from "./processes/keeper-guard.ts";
import { passOnOrder } from "./processes/pass-on-order.ts";
import { passOnRunnerEnd } from "./processes/pass-on-runner-end.ts";
import { type PerformDependencies, perform } from "./processes/perform.ts";
import { performFailed } from "./processes/perform-failed.ts";
import type { DueJobWatching, QueueCounting } from "./processes/queue-counting.ts";
import type { ActionLog } from "./report/action-log.ts";
import type { EventLog } from "./report/event-log.ts";
import type { Faults } from "./report/faults.ts";
import type { FleetLink } from "./report/fleet-link.ts";
import type { PageReport } from "./report/page-report.ts";
import { drainReport } from "./report/report.ts";
import type { ServiceManager } from "./report/service-manager.ts";
import type { StopWaiters } from "./report/stop-waiters.ts";
import type { Action } from "./state/action.ts";
import type { Event } from "./state/event.ts";
import { isLeaving } from "./state/phase.ts";

export interface EffectsDependencies extends Omit<PerformDependencies, "tellWaiters"> {
  readonly keeperGuard: KeeperGuard;
  readonly queueCounting: QueueCounting;
  readonly dueJobWatching: DueJobWatching;
  readonly eventLog: EventLog;
  readonly actionLog: ActionLog;
  readonly faults: Faults;
  readonly stopWaiters: StopWaiters;
  readonly waiters: DrainWaiters;
  /** undefined: FORKER_FLEET=off. */
  readonly fleet: FleetLink | undefined;
  /** undefined: there is no page. */
  readonly page: Pick<PageReport, "turned"> | undefined;
  /** undefined: no service manager listens. */
  readonly serviceManager: ServiceManager | undefined;
  readonly log: Logger;
  readonly clock: Clock;
}

/** init's effects on the outside: it logs events, passes orders on to workers, and performs actions. */
export class Effects implements LoopEffects {
  readonly #with: EffectsDependencies;
  readonly #performing: PerformDependencies;

  constructor(dependencies: EffectsDependencies) {
    const { world, waiters } = dependencies;
    this.#with = dependencies;
    this.#performing = {
      ...dependencies,
      tellWaiters: (exit) => waiters.end({ ...drainReport(world), exit }),
    };
  }

  happened(event: Event): void {
    const { world, children, eventLog, faults, stopWaiters, keeperGuard, fleet, clock } = this.#with;
    const now = clock.now();
    const attempt = (step: () => void) => faults.attempt(step);
    attempt(() => eventLog.write(event, now));
    attempt(() => stopWaiters.happened(event, now));
    attempt(() => fleet?.happened(event));
    passOnOrder(event, { world, children, attempt });
    passOnRunnerEnd(event, { world, children });
    keeperGuard.happened(event);
  }

  perform(action: Action): void {
    const { actionLog, faults } = this.#with;
    perform(action, this.#performing);
    faults.attempt(() => actionLog.write(action));
  }

  performFailed(action: Action, cause: unknown): void {
    const err = cause instanceof Error ? cause : new Error(String(cause));
    performFailed(action, err, this.#performing);
    this.#with.log.error({ err, action: action.kind }, "failed to perform action");
  }

  turned(now: number): void {
    const { world, waiters, page, faults, queueCounting, dueJobWatching, fleet, serviceManager } = this.#with;
    faults.attempt(() => queueCounting.turned());
    faults.attempt(() => dueJobWatching.turned());
    faults.attempt(() => fleet?.turned(now));
    faults.attempt(() => page?.turned(now));
    faults.attempt(() => serviceManager?.turned(now));
    waiters.tell(drainReport(world), now, isLeaving(world));
  }

  fault(cause: unknown): void {
    this.#with.faults.report(cause);
  }
}
