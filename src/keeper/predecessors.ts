import { setTimeout } from "node:timers/promises";
import type { Inheritance } from "../bull/keys/inheritance.ts";
import type { Lease, Leases } from "../bull/keys/leases.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { Clock } from "../clock/monotonic.ts";
import type { SparseWarnings } from "../log/sparse-warnings.ts";
import { type Life, lifeOf } from "../protocol/life.ts";
import { judgeLife, type LifeVerdict, leaseMs } from "./judge-life.ts";
import { type LeftBehind, waitingOwner } from "./left-behind.ts";

export interface PredecessorsParts {
  readonly life: Life;
  readonly leases: Leases;
  readonly inheritance: Inheritance;
  readonly leftBehind: LeftBehind;
  readonly warnings: SparseWarnings;
  readonly clock: Clock;
  /** See src/admin/life-socket.ts. */
  readonly network: string | undefined;
  readonly isShown: (life: Life, socket?: string) => boolean;
  /** The keeper ends. */
  readonly signal: AbortSignal;
}

/**
 * A forker that was killed as a whole leaves nobody to hand its jobs back. Who comes next on its host does, whose name a
 * container keeps when it is started again: once for each queue, as soon as a worker takes from it.
 */
export class Predecessors {
  readonly #parts: PredecessorsParts;
  readonly #looks = new Map<string, Promise<void>>();
  /** Every other life that was met, since when. */
  readonly #met = new Map<Life, number>();

  constructor(parts: PredecessorsParts) {
    this.#parts = parts;
  }

  /** Once. Resolves when everything there is known. */
  async inherit(lane: Lane): Promise<void> {
    const look = this.#looks.get(lane.queue) ?? this.#inherit(lane);
    this.#looks.set(lane.queue, look);
    await look;
  }

  async #inherit(lane: Lane): Promise<void> {
    const { signal, warnings } = this.#parts;
    for (let waitMs: number | undefined = 0; waitMs !== undefined; ) {
      try {
        await setTimeout(waitMs, undefined, { signal });
        waitMs = await this.#look(lane);
      } catch (cause) {
        if (signal.aborted) return;
        const fields = { cause: (cause as Error).message, queue: lane.queue };
        warnings.warn(fields, "could not look for jobs of a forker that was here before; trying again");
        waitMs = leaseMs;
      }
    }
  }

  /** When to look again, because a life may or may not be over. */
  async #look(lane: Lane): Promise<number | undefined> {
    const { life, inheritance, leftBehind } = this.#parts;
    const owners = await inheritance.owners(lane.keys);
    const others = new Set(owners.map(lifeOf).filter((one) => one !== undefined && one !== life) as Life[]);
    // What a keeper before us in this life kept back is ours to let go.
    const over: string[] = [waitingOwner(life)];
    const leaving = new Set<Life>();
    let waitMs: number | undefined;
    for (const one of others) {
      const lease = await this.#parts.leases.find(one);
      const verdict = this.#judge(one, lease);
      if (verdict === "over") over.push(one);
      else if (verdict !== "goesOn") waitMs = Math.min(waitMs ?? Infinity, verdict.askAgainInMs);
      if (lease?.mood === "leaving") leaving.add(one);
    }
    await leftBehind.take(lane, await inheritance.claim(lane.keys, over), leaving);
    return waitMs;
  }

  #judge(life: Life, lease: Lease | undefined): LifeVerdict {
    const { clock, network, isShown } = this.#parts;
    const metAt = this.#met.get(life) ?? clock.now();
    this.#met.set(life, metAt);
    return judgeLife({
      // Its lease says by which socket. The name alone, once it is dead, may be bound by anybody.
      isShown: isShown(life, lease?.socket),
      wasHere: network !== undefined && lease?.network === network,
      leaseAgeMs: lease?.ageMs,
      knownForMs: clock.now() - metAt,
    });
  }
}
