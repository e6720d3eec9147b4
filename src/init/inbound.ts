import type { Logger } from "pino";
import type { Board } from "../board/board-memory.ts";
import type { Clock } from "../clock/monotonic.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { Reaped, Reaper } from "../reaping/reaper.ts";
import { decideOrders, termSeenAfter } from "../signals/decide-orders.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import type { LoopInbound } from "./loop.ts";
import type { Children } from "./processes/children.ts";
import type { LimitsWatch } from "./processes/limits-watch.ts";
import type { ProcessTable } from "./processes/process-table.ts";
import { readBoard } from "./processes/read-board.ts";
import type { RoomMeter } from "./processes/room-meter.ts";
import type { Faults } from "./report/faults.ts";
import type { Event } from "./state/event.ts";
import type { World } from "./state/world.ts";

export interface InboundDependencies {
  readonly board: Board | undefined;
  readonly world: World;
  readonly children: Children;
  readonly reaper: Pick<Reaper, "reap" | "reapThese">;
  readonly table: Pick<ProcessTable, "isStoppedBySignal">;
  readonly signals: SignalQueue;
  /** Whether the signals come from a person at a terminal. */
  readonly isInteractive: () => boolean;
  readonly limits: LimitsWatch;
  readonly room: Pick<RoomMeter, "look">;
  readonly log: Logger;
  readonly warnings: ThrottledWarnings;
  readonly faults: Faults;
  readonly clock: Clock;
}

/** What each turn of the loop takes in: the board's rows, the children that have ended, and signals. */
export class Inbound implements LoopInbound {
  readonly #with: InboundDependencies;
  /** A TERM has joined the drain: the next one stops. */
  #termSeen = false;

  constructor(dependencies: InboundDependencies) {
    this.#with = dependencies;
  }

  /** Reads the board before collect() reaps, so that init judges a dead worker by the last state of its row. */
  look(): readonly Event[] {
    const { board, world, clock, table, room } = this.#with;
    const rows = board === undefined ? [] : [readBoard(board, world, clock.now(), table)];
    return [...rows, ...room.look(clock.now())];
  }

  collect(): readonly Event[] {
    const { limits, clock, faults } = this.#with;
    faults.attempt(() => this.#reap());
    faults.attempt(() => this.#with.children.verifyAgain());
    faults.attempt(() => limits.look(clock.now()));
    return this.#takeSignals();
  }

  #reap(): void {
    const { children, log } = this.#with;
    for (const { pid, ...status } of this.#reaped()) {
      if (!children.exited(pid, status)) log.debug({ orphanPid: pid, ...status }, "reaped orphan");
    }
  }

  /** Without a free descriptor init cannot list its children. It then reaps those that it knows by pid. */
  #reaped(): readonly Reaped[] {
    const { reaper, children, warnings } = this.#with;
    try {
      return reaper.reap();
    } catch (cause) {
      warnings.warn({ cause: (cause as Error).message }, "failed to list children; orphans stay zombies");
      return reaper.reapThese(children.pids);
    }
  }

  #takeSignals(): readonly Event[] {
    const { signals, world, log, faults, isInteractive } = this.#with;
    const arrived = signals.popAll();
    if (arrived.size === 0) return [];
    faults.attempt(() => log.info({ signals: [...arrived] }, "received signals"));
    const context = { phase: world.phase, termSeen: this.#termSeen, interactive: isInteractive() };
    const orders = decideOrders(context, arrived);
    this.#termSeen = termSeenAfter(context, arrived);
    return orders.map((order) => ({ kind: "order", order }));
  }
}
