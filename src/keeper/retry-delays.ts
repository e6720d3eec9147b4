import type { Logger } from "pino";
import { type RetryDelayAnswer, type RetryDelayQuestion, retryDelayTimeoutMs } from "../protocol/retry-delay.ts";

export interface RetryDelaysParts {
  readonly log: Logger;
  ask(question: RetryDelayQuestion): void;
}

export interface FailedAttempt {
  readonly queue: string;
  readonly id: string;
  /** Including this attempt. */
  readonly attemptsMade: number;
  readonly error: Error | undefined;
  /** How long the job's lock allows to wait for an answer. */
  readonly timeoutMs: number;
}

const atOnce = 0;
const never = -1;

/**
 * Asks a worker for the delay of a job's next attempt if its back-off is a function of the application. If no worker answers in
 * time, the job is retried at once.
 */
export class RetryDelays {
  readonly #parts: RetryDelaysParts;
  readonly #waiting = new Map<number, (answer: RetryDelayAnswer | undefined) => void>();
  /** Until when no worker of these queues is expected to answer. Many jobs of a queue do not wait one after another. */
  readonly #silentUntilMs = new Map<string, number>();
  #count = 0;

  constructor(parts: RetryDelaysParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async of({ queue, id, attemptsMade, error, timeoutMs }: FailedAttempt): Promise<number> {
    const { log } = this.#parts;
    const failure = { name: error?.name ?? "Error", message: error?.message ?? "" };
    const answer = await this.#ask({ number: this.#count++, queue, id, attemptsMade, failure }, timeoutMs);
    if (answer?.error !== undefined) {
      log.error({ queue, job: id, cause: answer.error }, "failed job for good: its back-off strategy threw");
      return never;
    }
    if (answer?.delayMs !== undefined) return answer.delayMs;
    log.warn({ queue, job: id }, "retried job at once: no worker could call its back-off strategy in time");
    return atOnce;
  }

  answered(answer: RetryDelayAnswer): void {
    this.#waiting.get(answer.number)?.(answer);
  }

  async #ask(question: RetryDelayQuestion, timeoutMs: number): Promise<RetryDelayAnswer | undefined> {
    const { number, queue } = question;
    if ((this.#silentUntilMs.get(queue) ?? 0) > performance.now()) return undefined;
    const { promise, resolve } = Promise.withResolvers<RetryDelayAnswer | undefined>();
    this.#waiting.set(number, resolve);
    const timer = setTimeout(() => {
      this.#silentUntilMs.set(queue, performance.now() + retryDelayTimeoutMs);
      resolve(undefined);
    }, timeoutMs);
    this.#parts.ask(question);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(number);
    }
  }
}
