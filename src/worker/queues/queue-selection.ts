import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import type { AdoptedWorker } from "../../bull/adoption/adopted-worker.ts";
import type { Lane } from "../../bull/worker/lane.ts";
import { isDynamic, matchesQueues } from "../../config/queue-pattern.ts";
import { fitId, longestQueueName } from "../../protocol/fit.ts";

/** Discovery may take this share of the time. */
const maximumShare = 1 / 20;
/** Limits the pause after a discovery that took long only because Redis was unavailable. */
const longestPauseMs = 60_000;

/** The first pause. */
const firstPauseMs = 250;

/**
 * The pause between two discoveries of a worker of this age. A deployment starts workers and, soon after, adds the first jobs
 * to new queues: the pauses start short and double up to the interval.
 */
export function nextLookMs(queueDiscoveryIntervalMs: number, tookMs: number, ageMs: number): number {
  const pauseMs = Math.min(queueDiscoveryIntervalMs, Math.max(firstPauseMs, ageMs));
  return Math.max(pauseMs, Math.min(longestPauseMs, tookMs / maximumShare));
}

interface Listener {
  disconnect(): void;
}

export interface QueueSelectionParts {
  readonly patterns: readonly string[];
  readonly application: Application;
  readonly log: Logger;
  /** Finds all existing queues. undefined: only queues with a Worker of the application's own matter. */
  readonly discover: (() => Promise<Iterable<string>>) | undefined;
  /** Calls `found` with each new queue. undefined: only searches find new queues. */
  readonly hear?: ((found: (queue: string) => void) => Promise<Listener>) | undefined;
  readonly makeLane: (queue: string) => Lane;
  /** Called with the new lanes, in strict order of priority. */
  readonly changed: (lanes: readonly Lane[]) => void;
  readonly failed: (error: unknown) => void;
}

/** The queues that this worker takes jobs from: those that its patterns name, and the existing ones that they match. */
export class QueueSelection {
  readonly #parts: QueueSelectionParts;
  readonly #made = new Map<string, { readonly lane: Lane; readonly worker: AdoptedWorker | undefined }>();
  readonly #refused = new Set<string>();
  #lanes: readonly Lane[] = [];
  #known: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #listener: Listener | undefined;
  #startedMs = 0;
  #closed = false;

  constructor(parts: QueueSelectionParts) {
    this.#parts = parts;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  start(): void {
    this.#startedMs = performance.now();
    this.#apply([]);
    const { patterns, discover, hear } = this.#parts;
    if (!isDynamic(patterns) || discover === undefined) return;
    void this.#discover(discover);
    if (hear !== undefined) void this.#hear(hear);
  }

  /** Called when the application's own Workers have changed. */
  workersChanged(): void {
    this.#apply(this.#known);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listener?.disconnect();
  }

  async #hear(hear: NonNullable<QueueSelectionParts["hear"]>): Promise<void> {
    try {
      this.#listener = await hear((queue) => {
        if (!this.#known.includes(queue)) this.#apply([...this.#known, queue]);
      });
      if (this.#closed) this.#listener.disconnect();
    } catch (err) {
      this.#parts.log.warn({ err }, "could not subscribe to keyspace events: searches find new queues");
    }
  }

  async #discover(discover: () => Promise<Iterable<string>>): Promise<void> {
    const { application, failed } = this.#parts;
    const startMs = performance.now();
    try {
      this.#apply([...(await discover())]);
    } catch (error) {
      failed(error);
    }
    if (this.#closed) return;
    const now = performance.now();
    const delayMs = nextLookMs(application.config.queueDiscoveryIntervalMs, now - startMs, now - this.#startedMs);
    this.#timer = setTimeout(() => void this.#discover(discover), delayMs);
  }

  #apply(known: readonly string[]): void {
    this.#known = known;
    const { patterns, application } = this.#parts;
    const all = [...known, ...(application.adopted?.queues ?? [])];
    const queues = matchesQueues(patterns, all).filter(
      (queue) => this.#hasValidName(queue) && this.#hasProcessor(queue) && this.#isOpen(queue),
    );
    const lanes = queues.map((queue) => this.#lane(queue));
    const same = lanes.length === this.#lanes.length && lanes.every((lane, index) => lane === this.#lanes[index]);
    if (same || this.#closed) return;
    this.#lanes = lanes;
    this.#parts.changed(lanes);
  }

  /** A Worker of the application's own takes jobs while it runs and is not paused. */
  #isOpen(queue: string): boolean {
    return this.#parts.application.adopted?.forQueue(queue)?.takesJobs ?? true;
  }

  /** Every process that handles the jobs of a queue must be sent its whole name. */
  #hasValidName(queue: string): boolean {
    if (queue.length <= longestQueueName) return true;
    if (!this.#refused.has(queue)) {
      this.#refused.add(queue);
      const fields = { queue: fitId(queue), characters: queue.length, maximum: longestQueueName };
      this.#parts.log.warn(fields, "ignored queue: its name is too long");
    }
    return false;
  }

  #hasProcessor(queue: string): boolean {
    if (this.#parts.application.processorFor(queue) !== undefined) return true;
    // A queue that this worker took from has lost its Worker because the application closed it, or forker did, at the end.
    if (!this.#refused.has(queue) && !this.#made.has(queue)) {
      this.#refused.add(queue);
      this.#parts.log.warn({ queue, application: this.#parts.application.path }, "ignored queue: it has no processor");
    }
    return false;
  }

  #lane(queue: string): Lane {
    const worker = this.#parts.application.adopted?.forQueue(queue);
    const made = this.#made.get(queue);
    // The application may have closed its Worker and created another one.
    const known = made !== undefined && made.worker === worker ? made : { lane: this.#parts.makeLane(queue), worker };
    this.#made.set(queue, known);
    return known.lane;
  }
}
