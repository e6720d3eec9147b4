import type { VirtualTime } from "../time/virtual-time.ts";

export interface Refusal {
  readonly errno: string;
  /** spawn() throws some errors, and emits others. */
  readonly throws: boolean;
}

/** What does not work at the moment. Each opens for a while, and closes by itself. */
export type WindowName =
  | "spawn"
  | "descriptors"
  | "kill"
  | "fork"
  | "brokenFork"
  | "forkHangs"
  | "exitHangs"
  | "stillborn"
  | "redis"
  | "slow";

/** The parts of the world that faults break for a while. */
export class Windows {
  readonly #time: VirtualTime;
  readonly #until = new Map<WindowName, number>();
  #refusal: Refusal = { errno: "EAGAIN", throws: false };

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  open(name: WindowName, forMs: number, refusal?: Refusal): void {
    this.#until.set(name, Math.max(this.#until.get(name) ?? 0, this.#time.now + forMs));
    if (refusal !== undefined) this.#refusal = refusal;
  }

  isOpen(name: WindowName): boolean {
    return this.#time.now < (this.#until.get(name) ?? -Infinity);
  }

  /** Whether it was open at any time since then. */
  wasOpenSince(name: WindowName, since: number): boolean {
    return (this.#until.get(name) ?? -Infinity) > since;
  }

  get spawnRefusal(): Refusal | undefined {
    return this.isOpen("spawn") ? this.#refusal : undefined;
  }

  /** kill(2) fails with EPERM, as a security module may cause. */
  get isKillRefused(): boolean {
    return this.isOpen("kill");
  }

  get areDescriptorsExhausted(): boolean {
    return this.isOpen("descriptors");
  }

  get isRedisUp(): boolean {
    return !this.isOpen("redis");
  }
}
