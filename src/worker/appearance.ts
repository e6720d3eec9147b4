import { isDeepStrictEqual } from "node:util";
import type { SeatWriter } from "../board/seat-writer.ts";
import type { ConnectionState } from "../bull/connection/connection-watch.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { WorkerBirth } from "../protocol/birth.ts";
import type { WorkerMessage } from "../protocol/messages.ts";
import type { HeldJobs } from "./held-jobs.ts";
import type { InitLink } from "./init-link.ts";
import type { Mode } from "./mode.ts";
import { pulseOf } from "./pulse.ts";
import { titleOf } from "./title.ts";

/** What others see of a worker: its title, its seat on the board, and its pulse, which init is sent when it is another. */
export class Appearance {
  readonly #birth: WorkerBirth;
  readonly #held: HeldJobs;
  readonly #seat: SeatWriter | undefined;
  #couldTake = false;
  #lastPulse: WorkerMessage | undefined;

  constructor(birth: WorkerBirth, held: HeldJobs, seat: SeatWriter | undefined) {
    this.#birth = birth;
    this.#held = held;
    this.#seat = seat;
  }

  /** `link`: undefined until init was dialled. */
  show(
    mode: Mode,
    state: ConnectionState | undefined,
    queues: readonly string[],
    link: Pick<InitLink, "send"> | undefined,
  ): void {
    const { generation, options } = this.#birth;
    const { slot, spec } = options;
    const connected = state?.connected ?? false;
    process.title = titleOf({ slot, generation, patterns: spec.queues, mode, connected, held: this.#held.all });
    if (mode === "ended" || link === undefined) return;
    this.#seat?.mode(mode);
    if (mode === "taking" && connected && !this.#couldTake) this.#seat?.ready(monotonicClock.now());
    this.#couldTake = mode === "taking" && connected;
    const pulse = pulseOf(mode, this.#held, state, queues);
    if (isDeepStrictEqual(pulse, this.#lastPulse)) return;
    this.#lastPulse = pulse;
    link.send(pulse);
  }
}
