import type { InnerProcess, Pid1 } from "./pid1.ts";

/** Every process is a zombie for a short time; one that is a zombie after this long has been forgotten. */
const forgottenMs = 3_000;

/** Processes that no parent has waited for. */
export class ZombieWatch {
  most = 0;
  readonly #pid1: Pid1;
  readonly #since = new Map<number, number>();

  constructor(pid1: Pid1) {
    this.#pid1 = pid1;
  }

  look(): InnerProcess[] {
    const zombies = this.#pid1.zombies();
    this.most = Math.max(this.most, zombies.length);
    const pids = new Set(zombies.map(({ pid }) => pid));
    for (const pid of this.#since.keys()) if (!pids.has(pid)) this.#since.delete(pid);
    const now = performance.now();
    for (const pid of pids) if (!this.#since.has(pid)) this.#since.set(pid, now);
    return zombies.filter(({ pid }) => now - (this.#since.get(pid) ?? now) > forgottenMs);
  }
}
