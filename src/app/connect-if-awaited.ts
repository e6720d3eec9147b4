import { setTimeout } from "node:timers/promises";
import { connectParkedClients, hasParkedClients } from "../bull/parking/parked-clients.ts";
import { unanswered } from "../engine/connections/answers.ts";
import { addonProblem, native } from "../native/binding.ts";

const pauseMs = 20;
/** A promise that is about to settle does so within a few turns of the event loop. */
const pausesOfCalm = 3;

/**
 * Resolves as `work` does. In a template, ioredis clients are parked until the fork; if the work waits for
 * nothing that is under way, it waits for Redis, and they connect in this process. In the workers these connections end like all others.
 */
export async function connectIfAwaited<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  void connectWhenCalm(over.signal);
  return await work.finally(() => over.abort());
}

async function connectWhenCalm(over: AbortSignal): Promise<void> {
  for (let calm = 0; !over.aborted; ) {
    // The caller has a deadline of its own, which keeps the process alive.
    await setTimeout(pauseMs, undefined, { ref: false });
    calm = hasParkedClients() && isCalm() ? calm + 1 : 0;
    if (calm < pausesOfCalm || over.aborted) continue;
    connectParkedClients();
    calm = 0;
  }
}

function isCalm(): boolean {
  return addonProblem() !== undefined || (native().activeRequests() === 0 && unanswered().length === 0);
}
