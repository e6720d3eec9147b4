import type { Lane } from "../bull/worker/lane.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { InitToKeeper, KeeperMessage } from "../protocol/keeper-messages.ts";
import type { HandBackParts } from "./death.ts";
import { handBackJobs } from "./hand-back-jobs.ts";
import { isNothing, nothingReturned } from "./hand-back-result.ts";

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

/** Hands back the jobs of dead workers. */
export class DeadWorkers {
  readonly #parts: DeadWorkersParts;
  /** Those whose jobs were handed back, and until when the keeper looks for more of their jobs. */
  readonly #dead = new Map<HandBack, number>();
  #closed = false;

  constructor(parts: DeadWorkersParts) {
    this.#parts = parts;
  }

  /**
   * Retries until Redis accepts, or until the worker's locks have expired. Then init gives up, and BullMQ's stalled check must
   * find what is left.
   */
  async handBack(order: HandBack): Promise<void> {
    const { tools, send, look } = this.#parts;
    const lanes = this.#lanes(order);
    const lockDurationMs = Math.max(this.#parts.lockDurationMs, ...lanes.map((lane) => lane.lockDurationMs));
    const done = nothingReturned();
    const untilMs = performance.now() + lockDurationMs;
    while (!this.#closed && performance.now() < untilMs) {
      const refused = await handBackJobs(tools, lanes, order, done);
      if (refused === undefined) {
        send({ kind: "handedBack", worker: order.worker, ...done });
        this.#dead.set(order, performance.now() + lockDurationMs);
        setTimeout(look, lookAgainMs).unref();
        return;
      }
      this.#warn(order, refused, "could not hand back jobs of a dead worker, or write their ends; trying again");
      await new Promise((resolve) => setTimeout(resolve, refusedDelayMs));
    }
    if (!isNothing(done)) send({ kind: "handedBack", worker: order.worker, ...done });
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

  #lanes(order: HandBack): Lane[] {
    return order.queues.map((queue) => this.#parts.lane(queue));
  }

  #warn({ slot, workerPid }: HandBack, refused: unknown, message: string): void {
    this.#parts.warnings.warn({ cause: (refused as Error).message, slot, workerPid }, message);
  }
}
