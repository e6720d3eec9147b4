import type { Logger } from "pino";
import type { OomWitness } from "../../cgroup/oom-witness.ts";
import type { RoomWitness } from "../../cgroup/pids.ts";

const lookEveryMs = 1_000;
/** An application that tries again and again is told of once in a while. */
const refusalQuietMs = 60_000;

/** Says what the kernel refused or ended that is none of ours: a thread of a worker's, or a job's own child. */
export class LimitsWatch {
  readonly #witness: OomWitness | undefined;
  readonly #room: RoomWitness;
  readonly #log: Logger;
  #lookAt = -Infinity;
  #refusalToldAt = -Infinity;

  constructor(witness: OomWitness | undefined, room: RoomWitness, log: Logger) {
    this.#witness = witness;
    this.#room = room;
    this.#log = log;
  }

  look(now: number): void {
    if (now < this.#lookAt) return;
    this.#lookAt = now + lookEveryMs;
    const strangers = this.#witness?.strangers(now) ?? 0;
    if (strangers > 0) {
      const message = "the OOM killer ended a process that forker did not start (cgroup oom_kill)";
      this.#log.warn({ processes: strangers }, message);
    }
    if (!this.#room.look(now) || now < this.#refusalToldAt + refusalQuietMs) return;
    this.#refusalToldAt = now;
    this.#log.warn(`a process or thread was refused: ${this.#room.refused(now)}`);
  }
}
