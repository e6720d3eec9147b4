import type { BullJob } from "../../bull/library/bull-types.ts";
import { type Histogram, newHistogram, observe } from "../../protocol/histogram.ts";
import type { JobOutcome, JobTimesMessage, QueueTimes, TimesOfJobs } from "../../protocol/job-times.ts";

/** What is not reported yet when a worker is killed is lost. */
const reportAfterMs = 5_000;
/** With more queues than this, a message is sent before that. */
const queuesAMessage = 100;
/** A timer is hardly ever on time to the millisecond. For a smaller delay alone, no message is sent. */
const notableDelayMs = 25;

/** What a producer writes may be damaged. */
type Measured = Pick<BullJob, "timestamp" | "attemptsStarted" | "processedOn" | "finishedOn"> & {
  readonly opts?: BullJob["opts"] | null;
};

/** How long jobs wait and run, in histograms: a job costs two look-ups and no message. */
export class JobTimes {
  #queues = new Map<string, Partial<Record<TimesOfJobs, Histogram>>>();
  #loopDelay: Histogram | undefined;
  #send: ((message: JobTimesMessage) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** From now on, messages go there. What was measured before goes with the first. */
  sendBy(send: (message: JobTimesMessage) => void): void {
    this.#send = send;
  }

  /**
   * Called when a job starts. Only of its first start is it known when it was due: when it was added, or after its delay. A producer
   * whose clock is ahead has jobs that start before they are due.
   */
  began(queue: string, { timestamp, opts, attemptsStarted }: Measured, startedAt: number): void {
    if (attemptsStarted > 1) return;
    this.#note(queue, "wait", startedAt - timestamp - (opts?.delay ?? 0));
  }

  /** Called when the end of an attempt is written. `startedAt`: when BullMQ took it, unless the worker knows that it waited. */
  ended(queue: string, { processedOn, finishedOn }: Measured, outcome: JobOutcome, startedAt = processedOn): void {
    if (startedAt !== undefined) this.#note(queue, outcome, (finishedOn ?? Date.now()) - startedAt);
  }

  /** Called with the delay of each of a timer's calls. */
  loopDelayed(delayMs: number): void {
    this.#loopDelay ??= newHistogram();
    observe(this.#loopDelay, Math.max(0, delayMs));
    if (delayMs >= notableDelayMs) this.#report();
  }

  /** Sends what has been measured since the last message. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#send === undefined || (this.#queues.size === 0 && this.#loopDelay === undefined)) return;
    const queues = [...this.#queues].map(([queue, times]): QueueTimes => ({ queue, ...times }));
    const loopDelay = this.#loopDelay;
    this.#queues = new Map();
    this.#loopDelay = undefined;
    this.#send({ kind: "jobTimes", queues, ...(loopDelay !== undefined && { loopDelay }) });
  }

  #note(queue: string, what: TimesOfJobs, durationMs: number): void {
    // The producer chooses the timestamp, which may be anything.
    if (!Number.isFinite(durationMs)) return;
    let times = this.#queues.get(queue);
    if (times === undefined) {
      if (this.#queues.size >= queuesAMessage) this.flush();
      times = {};
      this.#queues.set(queue, times);
    }
    observe((times[what] ??= newHistogram()), Math.max(0, durationMs));
    if (this.#timer === undefined) this.#report();
  }

  #report(): void {
    this.#timer ??= setTimeout(() => this.flush(), reportAfterMs).unref();
  }
}
