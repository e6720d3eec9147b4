import type { Logger } from "pino";
import type { WaitingHeads } from "../bull/keys/waiting-heads.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { setSingleFlightInterval } from "../clock/single-flight.ts";
import type { StaleQueue } from "../protocol/keeper-messages.ts";
import { StaleQueues } from "./stale-queues.ts";

export interface StaleQueueReportsParts {
  readonly heads: WaitingHeads;
  /** 0: the keeper does not look at waiting jobs. */
  readonly stuckTimeoutMs: number;
  readonly queues: () => ReadonlySet<string>;
  readonly lane: (queue: string) => Lane;
  readonly report: (queues: StaleQueue[]) => void;
  readonly log: Logger;
}

const looksPerStuckTimeout = 4;

/** Looks at the first job of each queue, and reports the queues from which no worker takes it. */
export class StaleQueueReports {
  readonly #parts: StaleQueueReportsParts;
  readonly #stale = new StaleQueues();
  readonly #looks: NodeJS.Timeout | undefined;
  #reportedStale = false;

  constructor(parts: StaleQueueReportsParts) {
    this.#parts = parts;
    const { stuckTimeoutMs } = parts;
    if (stuckTimeoutMs > 0)
      this.#looks = setSingleFlightInterval(stuckTimeoutMs / looksPerStuckTimeout, () => this.#look());
  }

  close(): void {
    clearInterval(this.#looks);
  }

  async #look(): Promise<void> {
    const { heads, lane, log, stuckTimeoutMs } = this.#parts;
    const queues = this.#parts.queues();
    this.#stale.keepOnly(queues);
    try {
      for (const queue of queues) this.#stale.observe(queue, await heads.head(lane(queue).keys), monotonicClock.now());
    } catch (cause) {
      log.debug({ cause: (cause as Error).message }, "could not check waiting jobs");
      return;
    }
    const stale = this.#stale.longerThan(stuckTimeoutMs / 2, monotonicClock.now());
    if (stale.length > 0 || this.#reportedStale) this.#parts.report(stale);
    this.#reportedStale = stale.length > 0;
  }
}
