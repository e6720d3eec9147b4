import type { StopJobAnswer } from "../../protocol/ask-message.ts";
import type { JobName } from "../../protocol/messages.ts";
import type { Event } from "../state/event.ts";

interface Waiter {
  readonly job: JobName;
  readonly worker: number;
  readonly deadline: number;
  resolve(answer: StopJobAnswer): void;
}

/** Subcommands that have asked to stop a job, until init knows how the job ended. */
export class StopWaiters {
  #waiting: readonly Waiter[] = [];

  /** Resolves when the job has ended, or at the deadline. */
  async wait(job: JobName, worker: number, deadline: number): Promise<StopJobAnswer> {
    return await new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { job, worker, deadline, resolve }];
    });
  }

  happened(event: Event, now: number): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => {
      const answer = answerTo(waiter, event, now);
      if (answer !== undefined) waiter.resolve(answer);
      return answer === undefined;
    });
  }
}

function answerTo({ job, worker, deadline }: Waiter, event: Event, now: number): StopJobAnswer | undefined {
  if (event.kind === "workerJobStopped" && event.worker === worker && isSame(event.job, job))
    return { ended: event.byItself ? "byItself" : "stopped" };
  if (event.kind === "jobsHandedBack" && event.deadWorker === worker) {
    const isThere = [...event.failed, ...event.handedBack].some((one) => isSame(one, job));
    return { ended: isThere ? "stopped" : "byItself" };
  }
  return now >= deadline ? { ended: "notYet" } : undefined;
}

function isSame(left: JobName, right: JobName): boolean {
  return left.queue === right.queue && left.id === right.id;
}
