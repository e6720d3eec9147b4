import type { Clock } from "../clock/monotonic.ts";
import type { Action } from "./action.ts";
import { advance } from "./advance.ts";
import { applyEvent } from "./apply-event.ts";
import type { Event } from "./event.ts";
import type { Limits } from "./limits.ts";
import { nextDeadline, reconcile } from "./reconcile.ts";
import type { World } from "./world.ts";

/** What the loop does to the outside, and whom it tells. None of these may throw; if one does, it is logged and passed over. */
export interface LoopHands {
  /** What is to be known before anything of this turn is judged. */
  look(): readonly Event[];
  /** Collects what has ended and which signals came, as events. */
  collect(): readonly Event[];
  happened(event: Event): void;
  perform(action: Action, now: number): void;
  /** Everything that this turn brought is decided: the world is as it will be till the next. */
  turned(now: number): void;
  fault(cause: unknown): void;
}

/** Rounds of reconcile in one turn. Each action changes the world, so a few are enough; more would be a fault of ours. */
const maximumRounds = 20;
/** A wake-up without a cause: a SIGCHLD or a timer that was lost costs this at most. */
const heartbeatMs = 1_000;
/** setTimeout's own maximum. */
const maximumDelayMs = 2 ** 31 - 1;

/**
 * The supervisor: one turn takes all events in the order in which they came, then asks reconcile what to do until there
 * is nothing left, then sleeps till the next event or deadline. Handlers of signals, sockets and children only wake it.
 */
export class Loop {
  readonly #world: World;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #hands: LoopHands;
  readonly #events: Event[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #ended = false;
  #turnedAt: number;

  constructor(world: World, limits: Limits, clock: Clock, hands: LoopHands) {
    this.#world = world;
    this.#limits = limits;
    this.#clock = clock;
    this.#hands = hands;
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
    this.#guard(() => this.#events.unshift(...this.#hands.look()));
    this.#guard(() => this.#events.push(...this.#hands.collect()));
    for (const event of this.#events.splice(0)) {
      this.#guard(() => {
        this.#hands.happened(event);
        applyEvent(this.#world, event, this.#limits, this.#clock.now());
      });
    }
    this.#guard(() => this.#decide());
    this.#guard(() => this.#hands.turned(this.#clock.now()));
    this.#turnedAt = this.#clock.now();
    this.#sleep();
  }

  #decide(): void {
    for (let round = 0; round < maximumRounds; round++) {
      const now = this.#clock.now();
      const actions = reconcile(this.#world, this.#limits, now);
      if (actions.length === 0) return;
      for (const action of actions) {
        advance(this.#world, action, this.#limits, now);
        this.#guard(() => this.#hands.perform(action, now));
        if (action.kind === "exit") return;
      }
    }
    this.#hands.fault(new Error(`no rest after ${maximumRounds} rounds of reconcile`));
  }

  #sleep(): void {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    const now = this.#clock.now();
    const delayMs = Math.max(
      1,
      Math.min(heartbeatMs, nextDeadline(this.#world, this.#limits, now) - now, maximumDelayMs),
    );
    this.#timer = setTimeout(() => this.wake(), delayMs);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#hands.fault(cause);
    }
  }
}
