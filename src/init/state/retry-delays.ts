import { type RetryDelayAnswer, type RetryDelayQuestion, retryDelayTimeoutMs } from "../../protocol/retry-delay.ts";
import type { PendingRetryDelay, World } from "./world.ts";

export function addRetryDelay(world: World, question: RetryDelayQuestion, now: number): void {
  const waiting = world.retryDelays.filter(({ until }) => until > now);
  const one = { number: world.nextId++, question, worker: undefined, answer: undefined };
  world.retryDelays = [...waiting, { ...one, until: now + retryDelayTimeoutMs }];
}

export function giveRetryDelay(world: World, number: number, worker: number): void {
  world.retryDelays = world.retryDelays.map((one) => (one.number === number ? { ...one, worker } : one));
}

export function answerRetryDelay(world: World, worker: number, answer: RetryDelayAnswer): void {
  world.retryDelays = world.retryDelays.map((one) =>
    one.number === answer.number && one.worker === worker ? { ...one, answer } : one,
  );
}

export function forgetRetryDelay(world: World, number: number): void {
  world.retryDelays = world.retryDelays.filter((one) => one.number !== number);
}

/** Another worker is asked in place of one that has ended. */
export function takeRetryDelaysBack(world: World, worker: number): void {
  world.retryDelays = world.retryDelays.map((one) => (one.worker === worker ? { ...one, worker: undefined } : one));
}

export function findRetryDelay({ retryDelays }: World, number: number): PendingRetryDelay {
  const found = retryDelays.find((one) => one.number === number);
  if (found === undefined) throw new Error(`retry delay ${number} does not exist`);
  return found;
}
