import { initialMode, isLeaving, type Mode, type ModeEvent, nextMode } from "./mode.ts";

/** The current mode of a worker. */
export class ModeMachine {
  readonly #changed: (from: Mode, to: Mode) => void;
  #state = initialMode;

  constructor(changed: (from: Mode, to: Mode) => void) {
    this.#changed = changed;
  }

  get mode(): Mode {
    return this.#state.mode;
  }

  get isSuspended(): boolean {
    return this.#state.suspended;
  }

  get isLeaving(): boolean {
    return isLeaving(this.#state.mode);
  }

  /** The only place where the mode changes. Returns whether it changed. */
  transition(event: ModeEvent): boolean {
    const from = this.#state.mode;
    this.#state = nextMode(this.#state, event);
    const to = this.#state.mode;
    if (to === from) return false;
    this.#changed(from, to);
    return true;
  }
}
