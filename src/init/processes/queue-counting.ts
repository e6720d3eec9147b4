import { countedQueues } from "../state/range-snapshot.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";

/** Tells the keeper in which queues a range waits for jobs. */
export class DueJobWatching {
  readonly #world: World;
  readonly #children: Pick<Children, "keeper">;
  #sent: { readonly keeper: number; readonly queues: string } | undefined;

  constructor(world: World, children: Pick<Children, "keeper">) {
    this.#world = world;
    this.#children = children;
  }

  turned(): void {
    const { keeper } = this.#world;
    if (keeper?.state !== "ready") return;
    const queues = countedQueues(this.#world);
    const names = queues.join();
    if (this.#sent?.keeper === keeper.id ? this.#sent.queues === names : queues.length === 0) return;
    this.#sent = { keeper: keeper.id, queues: names };
    this.#children.keeper?.send({ kind: "watchDueJobs", queues });
  }
}

/** Tells the keeper of which queues to count the jobs: those that are measured by themselves, whose number only grows. */
export class QueueCounting {
  readonly #world: World;
  readonly #children: Pick<Children, "keeper">;
  #sent: { readonly keeper: number; readonly queues: number } | undefined;

  constructor(world: World, children: Pick<Children, "keeper">) {
    this.#world = world;
    this.#children = children;
  }

  turned(): void {
    const { keeper, measured } = this.#world;
    if (keeper?.state !== "ready" || measured.size === 0) return;
    if (this.#sent?.keeper === keeper.id && this.#sent.queues === measured.size) return;
    this.#sent = { keeper: keeper.id, queues: measured.size };
    this.#children.keeper?.send({ kind: "countJobs", queues: [...measured.keys()] });
  }
}
