import type { Lane } from "../bull/worker/lane.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { InitToKeeper, KeeperMessage } from "../protocol/keeper-messages.ts";
import type { Death, HandBackParts } from "./death.ts";
import { handBackJobs } from "./hand-back-jobs.ts";
import { addedSince, isNothing, nothingReturned } from "./hand-back-result.ts";

export type HandBack = Extract<InitToKeeper, { kind: "handBack" }>;

export interface DeadWorkersParts {
  readonly tools: HandBackParts;
  readonly warnings: ThrottledWarnings;
  /** For queues that have none of their own. */
  readonly lockDurationMs: number;
  readonly lane: (queue: string) => Lane;
  readonly send: (message: KeeperMessage) => void;
  /** Has handBackLate called, soon. */
  readonly look: () => void;
}

/**
 * A command that a worker sent before it died may reach Redis after the keeper has looked for the worker's jobs, from a socket
 * that Redis had not read yet. The keeper looks again soon after the death, and then for as long as the lock of a job taken by
 * that command could last.
 */
const lookAgainMs = 1_000;
/** The delay after a refusal. While Redis is unreachable, commands wait for it. */
const refusedDelayMs = 250;
/** The same once init has given up. */
const lateDelayMs = 5_000;
/** How many given-up orders the keeper keeps: an order may contain a megabyte of unwritten ends. */
const mostLateOrders = 64;

/** Hands back the jobs of dead workers. */
export class DeadWorkers {
  readonly #parts: DeadWorkersParts;
  /** Those whose jobs were handed back, and until when the keeper looks for more of their jobs. */
  readonly #dead = new Map<HandBack, number>();
  /** Those that init has given up, and the keeper has not. */
  readonly #late = new Set<HandBack>();
  #closed = false;

  constructor(parts: DeadWorkersParts) {
    this.#parts = parts;
  }

  /**
   * Retries until Redis accepts. When the worker's locks have expired, init gives up, because BullMQ's stalled check may find the
   * jobs. It does not find a job that one of BullMQ's scripts has left in no list, or one in queues that no worker takes from, so
   * the keeper goes on, slowly.
   */
  async handBack(order: HandBack): Promise<void> {
    const { tools, send, look } = this.#parts;
    const lanes = this.#lanes(order);
    const lockDurationMs = Math.max(this.#parts.lockDurationMs, ...lanes.map((lane) => lane.lockDurationMs));
    const done = nothingReturned();
    let reported = nothingReturned();
    const untilMs = performance.now() + lockDurationMs;
    for (let death: Death = order; !this.#closed; ) {
      const refused = await handBackJobs(tools, lanes, death, done);
      const isLate = performance.now() >= untilMs;
      const added = addedSince(reported, done);
      if (refused === undefined || (isLate && !isNothing(added))) {
        send({ kind: "handedBack", worker: order.worker, ...added });
        reported = addedSince(nothingReturned(), done);
      }
      if (refused === undefined) {
        this.#late.delete(order);
        this.#dead.set(order, performance.now() + lockDurationMs);
        setTimeout(look, lookAgainMs).unref();
        return;
      }
      if (isLate && !this.#keepsLate(order)) return;
      // init has said that it gives up. Nothing shows whether another worker has had one of the other jobs by now.
      if (isLate) death = { ...order, holding: order.holding.filter(({ starts }) => starts !== undefined) };
      else this.#warn(order, refused, "could not hand back jobs of a dead worker, or write their ends; trying again");
      await new Promise((resolve) => setTimeout(resolve, isLate ? lateDelayMs : refusedDelayMs).unref());
    }
  }

  async handBackLate(): Promise<void> {
    const { tools, send } = this.#parts;
    for (const [order, untilMs] of this.#dead) {
      if (untilMs < performance.now()) this.#dead.delete(order);
      // The known jobs have already been looked for, and another worker may hold them by now. Redis has given the dead worker
      // the others since: they are not the cause of its death.
      const late = nothingReturned();
      const refused = await handBackJobs(tools, this.#lanes(order), { ...order, holding: [], counts: false }, late);
      if (refused !== undefined) this.#warn(order, refused, "could not search again for jobs of a dead worker");
      if (!isNothing(late)) send({ kind: "handedBack", worker: order.worker, ...late });
    }
  }

  close(): void {
    this.#closed = true;
  }

  /** While Redis refuses, workers take no jobs: those that die later hold fewer than those that are kept. */
  #keepsLate(order: HandBack): boolean {
    if (this.#late.size < mostLateOrders) this.#late.add(order);
    return this.#late.has(order);
  }

  #lanes(order: HandBack): Lane[] {
    return order.queues.map((queue) => this.#parts.lane(queue));
  }

  #warn({ slot, workerPid }: HandBack, refused: unknown, message: string): void {
    this.#parts.warnings.warn({ cause: (refused as Error).message, slot, workerPid }, message);
  }
}
