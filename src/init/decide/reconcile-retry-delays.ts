import type { Action } from "../state/action.ts";
import type { World } from "../state/world.ts";
import { hearerOf } from "./reconcile-ends.ts";

/**
 * Passes the keeper's questions for the delay of a job's next attempt to a worker of the job's queue, and the answers back. A
 * question that no worker can answer in time is forgotten: the keeper then retries the job at once.
 */
export function reconcileRetryDelays(world: World, now: number): Action[] {
  return world.retryDelays.flatMap(({ number, question, worker, answer, until }): Action[] => {
    if (answer !== undefined)
      return [{ kind: "answerRetryDelay", number, answer: { ...answer, number: question.number } }];
    if (worker !== undefined || until <= now) return [];
    const hearer = hearerOf(world, question.queue);
    return hearer === undefined ? [] : [{ kind: "askRetryDelay", number, worker: hearer.id }];
  });
}
