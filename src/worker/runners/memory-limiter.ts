import { RunnerMemory } from "../memory/runner-memory.ts";
import type { Runner } from "./runner.ts";

const lookEveryMs = 100;
const mb = 2 ** 20;

interface Watched {
  readonly memory: RunnerMemory;
  readonly limitBytes: number;
  isBeingRead: boolean;
}

/** Ends the runners that have more memory of their own than they may have, even if they block their event loops. */
export class MemoryLimiter {
  readonly #kill: (runner: Runner, why: string) => void;
  readonly #watched = new Map<Runner, Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(kill: (runner: Runner, why: string) => void) {
    this.#kill = kill;
  }

  began(runner: Runner, limitBytes: number | undefined): void {
    if (limitBytes === undefined) return;
    this.#watched.set(runner, { memory: new RunnerMemory(runner.pid), limitBytes, isBeingRead: false });
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
  }

  ended(runner: Runner): void {
    if (!this.#watched.delete(runner) || this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const [runner, watched] of this.#watched) if (!watched.isBeingRead) void this.#judge(runner, watched);
  }

  /** The kernel blocks the read while the runner maps or unmaps memory. */
  async #judge(runner: Runner, watched: Watched): Promise<void> {
    const { memory, limitBytes } = watched;
    watched.isBeingRead = true;
    const bytes = await memory.bytes(limitBytes);
    watched.isBeingRead = false;
    if (bytes <= limitBytes || this.#watched.get(runner) !== watched) return;
    this.ended(runner);
    this.#kill(runner, `its own memory of ${inMb(bytes)} is more than its limit of ${inMb(limitBytes)}`);
  }
}

const inMb = (bytes: number) => `${Math.ceil(bytes / mb)} MB`;
