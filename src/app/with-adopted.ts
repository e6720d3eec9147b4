import type { AdoptedWorker } from "../bull/adoption/adopted-worker.ts";
import type { AdoptedWorkers } from "../bull/adoption/adopted-workers.ts";
import { laneWorkers } from "../bull/adoption/lane-workers.ts";
import { matchesQueues } from "../config/queue-pattern.ts";
import { isReadable, type QueueOptions } from "../protocol/queue-options.ts";
import type { Application, JobProcessor } from "./application.ts";
import type { Loading } from "./loading.ts";
import { plainOptionsOf } from "./queue-options.ts";
import { isHonoured } from "./worker-option-table.ts";
import type { QueueWorkerOptions } from "./worker-options.ts";

/** The application with its own Workers: they process the jobs of their queues, with their own options. */
export function withAdopted(application: Application, adopted: AdoptedWorkers, loading: Loading): Application {
  const processors = new WeakMap<AdoptedWorker, JobProcessor>();
  const processorOf = (one: AdoptedWorker): JobProcessor => {
    const known = processors.get(one) ?? ((job, token, signal) => one.perform(job, token, signal));
    processors.set(one, known);
    return known;
  };
  return {
    ...application,
    adopted,
    loading,
    processorFor(queue) {
      const one = adopted.forQueue(queue);
      return one === undefined ? application.processorFor(queue) : processorOf(one);
    },
    optionsFor(queue) {
      const one = adopted.forQueue(queue);
      return one === undefined ? application.optionsFor(queue) : optionsOf(one);
    },
    queueOptions: [...adoptedOptions(adopted), ...application.queueOptions],
    jobsAtATime(spec) {
      if (spec.concurrency !== undefined) return spec.concurrency;
      const taken = new Set(matchesQueues(spec.queues, adopted.queues));
      const own = adopted.all.filter((one) => one.processor !== undefined && taken.has(one.queue));
      const sum = own.reduce((total, { worker }) => total + worker.concurrency, 0);
      return Math.max(1, sum);
    },
    supplyWorker: laneWorkers(adopted),
  };
}

/** Those of the Workers that exist now, for processes without the application. */
export function adoptedOptions(adopted: AdoptedWorkers): QueueOptions[] {
  return adopted.all.map(readableOptionsOf);
}

/** The options that forker acts on. BullMQ's Worker acts on the others by itself. */
function optionsOf({ options, worker }: AdoptedWorker): QueueWorkerOptions {
  const given = Object.entries(options).filter(([name, value]) => isHonoured(name) && value !== undefined);
  return { ...(Object.fromEntries(given) as QueueWorkerOptions), concurrency: worker.concurrency };
}

/** What init and the keeper act on, except for values that they cannot read: BullMQ does not check all of them. */
function readableOptionsOf(one: AdoptedWorker): QueueOptions {
  const fields = Object.entries(plainOptionsOf(one.queue, optionsOf(one)));
  return Object.fromEntries(
    fields.filter(([field, value]) => isReadable(field as keyof QueueOptions, value)),
  ) as QueueOptions;
}
