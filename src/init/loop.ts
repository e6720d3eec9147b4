import { setImmediate as immediate } from "node:timers/promises";
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
  /** Returns what the loop must know before it judges anything of this turn. */
  look(): readonly Event[];
  /** Reaps children, and returns the signals that have arrived as events. */
  collect(): readonly Event[];
}

/** The loop's effects on the outside. None of these should throw; if one does, only its own effect is missing. */
export interface LoopEffects {
  happened(event: Event): void;
  perform(action: Action, now: number): void;
  /** Called if perform() threw. The world already shows the action as done, so what it should have started must end. */
  performFailed(action: Action, cause: unknown): void;
  /** Called after the last decision of a turn: the world does not change before the next turn. */
  turned(now: number): void;
  fault(cause: unknown): void;
}

/** Rounds of reconcile in one turn. Each action changes the world, so a few suffice; more indicate a bug in forker. */
const maximumRounds = 20;
/** The loop turns at least this often, which bounds the delay if a SIGCHLD or a timer is lost. */
const heartbeatMs = 1_000;

/**
 * The supervisor. A turn applies all events in the order of their arrival, calls reconcile and performs its actions until
 * it returns none, and then sleeps until the next event or deadline. Handlers of signals, sockets and children only wake it.
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
  /** When an internal error began to keep init from leaving. */
  #undecidedAt: number | undefined;
  /** When the loop must read the clock again. */
  #dueAt = Infinity;

  constructor(world: World, limits: Limits, clock: Clock, inbound: LoopInbound, effects: LoopEffects) {
    this.#world = world;
    this.#limits = limits;
    this.#clock = clock;
    this.#inbound = inbound;
    this.#effects = effects;
    this.#turnedAt = clock.now();
  }

  /** When the last turn ended. */
  get turnedAt(): number {
    return this.#turnedAt;
  }

  push(event: Event): void {
    this.#events.push(event);
    this.wake();
  }

  /** Schedules a turn. Everything that arrives in the same turn of the event loop is handled as one set. */
  wake(): void {
    if (this.#ended) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  /** Resolves after a turn, so that init reports what it knows now: the last turn may be a second old, or from before a freeze. */
  async turnFirst(): Promise<void> {
    this.wake();
    // The turn that wake() scheduled runs first.
    await immediate();
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
   * Returns the time, after it has extended deadlines by the time that init was frozen. init may freeze at any instruction: if
   * its process group is stopped, the children's SIGCHLD wakes init, and init stops in the turn that follows.
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

  /** False: an action failed, and would fail again if it were repeated at once. */
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
    throw new Error(`reconcile still returns actions after ${maximumRounds} rounds`);
  }

  #perform(action: Action, now: number): void {
    try {
      this.#effects.perform(action, now);
    } catch (cause) {
      this.#guard(() => this.#effects.performFailed(action, cause));
    }
  }

  /** Makes init leave even if an internal error keeps reconcile from deciding. */
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

  /** False: the step threw. */
  #guard(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (cause) {
      try {
        this.#effects.fault(cause);
      } catch {
        // The log failed too.
      }
      return false;
    }
  }
}
