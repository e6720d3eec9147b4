import { backendPartsOf, partsOf } from "../library/worker-parts.ts";
import type { SupplyWorker } from "../worker/open-worker.ts";
import type { AdoptedWorkers } from "./adopted-workers.ts";

/** Options of the lane that BullMQ shows to the application as it gave them. */
const kept: ReadonlySet<string> = new Set(["connection", "autorun", "prefix", "concurrency", "skipVersionCheck"]);

/** Supplies each lane with the application's own Worker of its queue, if it has one. */
export function laneWorkers(adopted: AdoptedWorkers): SupplyWorker {
  return ({ queue, processor, options, backendFactory }) => {
    const one = adopted.forQueue(queue);
    if (one === undefined) return undefined;
    const parts = partsOf(one.worker);
    const given = Object.entries(options).filter(([name]) => !kept.has(name));
    Object.assign(parts.opts, { lockRenewTime: (options.lockDuration ?? 0) / 2 }, Object.fromEntries(given));
    // The one that BullMQ has created in the template renews locks by the options of then, for the Worker's id of then.
    parts.createLockManager?.();
    if (backendFactory !== undefined)
      parts.backend = Object.assign(backendPartsOf(backendFactory(queue, parts.opts as never)), {
        blockingConnection: one.blocking,
      });
    parts.processFn = (job, token, signal) => one.start(job, token, signal, () => processor(job as never, token));
    return one.worker;
  };
}
