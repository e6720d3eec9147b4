import type { Event } from "../state/event.ts";
import { withLate } from "../state/late-options.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";

/**
 * Informs the keeper whose locks it renews: those of the live workers, in the queues that they take jobs from, with the options of
 * Workers that were created late.
 */
export class KeeperGuard {
  readonly #world: World;
  readonly #children: Children;
  /** The queues of each worker, as last sent to the keeper. */
  readonly #told = new Map<number, string>();

  constructor(world: World, children: Children) {
    this.#world = world;
    this.#children = children;
  }

  /** Called before the event changes the world. */
  happened(event: Event): void {
    if (event.kind === "workerStatusUpdate") this.#guard(event.worker, event.statusUpdate.queues);
    if (event.kind === "workerLateOptions") this.#tellOptions(event);
    if (event.kind === "workerExited") this.#guard(event.worker, []);
    if (event.kind === "keeperReady")
      for (const { id, statusUpdate } of this.#world.workers) this.#guard(id, statusUpdate?.queues);
  }

  /** A keeper that starts later gets all of them at its start. */
  #tellOptions({ worker, queueOptions }: Extract<Event, { kind: "workerLateOptions" }>): void {
    const { workers, current } = this.#world;
    const generation = workers.find(({ id }) => id === worker)?.generation;
    if (current === undefined || current.number !== generation) return;
    const all = withLate(current.queueOptions, queueOptions);
    if (all !== current.queueOptions) this.#children.keeper?.send({ kind: "options", queueOptions: all });
  }

  #guard(id: number, queues: readonly string[] | undefined): void {
    const lockOwner = this.#world.workers.find((one) => one.id === id)?.lockOwner;
    if (lockOwner === undefined || queues === undefined) return;
    if (this.#told.get(id) === queues.join() && this.#world.keeper?.state === "ready") return;
    if (queues.length > 0) this.#told.set(id, queues.join());
    else this.#told.delete(id);
    this.#children.keeper?.send({ kind: "guard", worker: id, lockOwner, queues });
  }
}
