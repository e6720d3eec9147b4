import type { Clock } from "../clock/monotonic.ts";
import { nextDeadline, reconcile } from "./decide/reconcile.ts";
import type { Action } from "./state/action.ts";
import { advance } from "./state/advance.ts";
import { applyEvent } from "./state/apply-event.ts";
import type { Event } from "./state/event.ts";
import type { Limits } from "./state/limits.ts";
import type { World } from "./state/world.ts";

/** Where the loop's events come from. */
export interface LoopInbound {
  /** What is to be known before anything of this turn is judged. */
  look(): readonly Event[];
  /** Collects what has ended and which signals came, as events. */
  collect(): readonly Event[];
}

/** What the loop does to the outside, and whom it tells. None of these should throw; one that does costs nothing but itself. */
export interface LoopEffects {
  happened(event: Event): void;
  perform(action: Action, now: number): void;
  /** perform() threw. The world shows the action as done; what cannot come of it any more is made to end. */
  performFailed(action: Action, cause: unknown): void;
  /** Everything that this turn brought is decided: the world is as it will be till the next. */
  turned(now: number): void;
  fault(cause: unknown): void;
}

/** Rounds of reconcile in one turn. Each action changes the world, so a few are enough; more would be a fault of ours. */
const maximumRounds = 20;
/** A wake-up without a cause: a SIGCHLD or a timer that was lost costs this at most. */
const heartbeatMs = 1_000;

/**
 * The supervisor: one turn takes all events in the order in which they came, then asks reconcile what to do until there
 * is nothing left, then sleeps till the next event or deadline. Handlers of signals, sockets and children only wake it.
 */
export class Loop {
  readonly #world: World;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #inbound: LoopInbound;
  readonly #effects: LoopEffects;
  readonly #events: Event[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #ended = false;
  #turnedAt: number;
  /** Since when a fault has kept init from leaving. */
  #undecidedAt: number | undefined;
  /** When the clock is to be read again at the latest. */
  #dueAt = Infinity;

  constructor(world: World, limits: Limits, clock: Clock, inbound: LoopInbound, effects: LoopEffects) {
    this.#world = world;
    this.#limits = limits;
    this.#clock = clock;
    this.#inbound = inbound;
    this.#effects = effects;
    this.#turnedAt = clock.now();
  }

  /** When the last turn came to its end. */
  get turnedAt(): number {
    return this.#turnedAt;
  }

  push(event: Event): void {
    this.#events.push(event);
    this.wake();
  }

  /** A turn soon: everything that arrives in the same turn of the event loop is seen as one set. */
  wake(): void {
    if (this.#ended) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #takeTurn(): void {
    this.#now();
    this.#guard(() => this.#events.unshift(...this.#inbound.look()));
    this.#guard(() => this.#events.push(...this.#inbound.collect()));
    for (const event of this.#events.splice(0)) {
      this.#happen(event, this.#now());
    }
    let isDecided = false;
    this.#guard(() => {
      isDecided = this.#decideOrders();
    });
    this.#leaveAllTheSame(isDecided);
    this.#guard(() => this.#effects.turned(this.#clock.now()));
    this.#turnedAt = this.#clock.now();
    this.#sleep();
  }

  /**
   * The time, after what was frozen together with init was forgiven. That may happen at any instruction: a process group that is
   * stopped wakes init by its children's SIGCHLD, and stops it in the turn that follows.
   */
  #now(): number {
    const now = this.#clock.now();
    const frozenMs = now - this.#dueAt;
    this.#dueAt = now;
    if (frozenMs > this.#limits.frozenAfterMs) this.#happen({ kind: "thawed", frozenMs }, now);
    return now;
  }

  #happen(event: Event, now: number): void {
    this.#guard(() => this.#effects.happened(event));
    this.#guard(() => applyEvent(this.#world, event, this.#limits, now));
  }

  /** False: something in it was at fault, and would be again if it were asked at once. */
  #decideOrders(): boolean {
    for (let round = 0; round < maximumRounds; round++) {
      const now = this.#now();
      const actions = reconcile(this.#world, this.#limits, now);
      if (actions.length === 0) return true;
      let isSound = true;
      for (const action of actions) {
        if (this.#guard(() => advance(this.#world, action, this.#limits, now))) this.#perform(action, now);
        else isSound = false;
        if (action.kind === "exit") return true;
      }
      if (!isSound) return false;
    }
    throw new Error(`no rest after ${maximumRounds} rounds of reconcile`);
  }

  #perform(action: Action, now: number): void {
    try {
      this.#effects.perform(action, now);
    } catch (cause) {
      this.#guard(() => this.#effects.performFailed(action, cause));
    }
  }

  /** An order to leave does not wait for a decision that a fault of ours keeps from being made. */
  #leaveAllTheSame(isDecided: boolean): void {
    const { phase, drainDeadline } = this.#world;
    const isUndecided = !isDecided && (phase === "draining" || phase === "stopping");
    if (!isUndecided) {
      this.#undecidedAt = undefined;
      return;
    }
    const now = this.#clock.now();
    this.#undecidedAt ??= now;
    const { stopTimeoutMs, handBackTimeMs, unkillableMs } = this.#limits;
    const sinceMs = phase === "draining" ? Math.max(this.#undecidedAt, drainDeadline) : this.#undecidedAt;
    if (now >= sinceMs + stopTimeoutMs + handBackTimeMs + unkillableMs)
      this.#perform({ kind: "exit", exit: "internal" }, now);
  }

  #sleep(): void {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    let delayMs = heartbeatMs;
    const now = this.#now();
    this.#guard(() => {
      delayMs = Math.min(heartbeatMs, nextDeadline(this.#world, this.#limits, now) - now);
    });
    delayMs = Math.max(1, delayMs);
    this.#dueAt = now + delayMs;
    this.#timer = setTimeout(() => this.wake(), delayMs);
  }

  /** Whether it went well. */
  #guard(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (cause) {
      try {
        this.#effects.fault(cause);
      } catch {
        // It was the log that failed.
      }
      return false;
    }
  }
}
