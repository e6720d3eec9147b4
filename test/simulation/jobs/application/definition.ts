import type { ForkerDefinition, Processor } from "../../../../src/app/definition.ts";
import type { ForkerJob } from "../../../../src/app/forker-job.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import { perform } from "./perform.ts";

type Processors = ForkerDefinition["processors"];

/** The queues of a world. */
export const queues = ["urgent", "usual", "limited"] as const;
export type QueueName = (typeof queues)[number];

/** How many jobs of these queues a worker without `@C` runs. All other queues share one place. */
export const concurrencies: Readonly<Partial<Record<string, number>>> = { usual: 2 };

/** So that another worker takes a job soon after its lock has expired. */
const stalledInterval = 5_000;

function processorsWith(process: Processor): Processors {
  return {
    urgent: { process, stalledInterval },
    usual: { process, stalledInterval, concurrency: concurrencies["usual"] ?? 1 },
    limited: { process, stalledInterval, limiter: { max: 5, duration: 1_000 } },
  };
}

const notRun = () => Promise.reject(new Error("the template runs no job"));

/** The application as a template sees it. */
export const describedDefinition: ForkerDefinition = { processors: processorsWith(notRun) };

/** The application in a worker. */
export function definitionFor(
  forker: SimulatedForker,
  process: SimulatedProcess,
  connection: Record<string, unknown>,
  /** The worker of a runner. */
  worker = process,
): ForkerDefinition {
  const { ledger } = forker.world;
  const at = (job: ForkerJob | undefined) => ({ queue: job?.queueName ?? "", id: job?.id ?? "" });
  const unlessDead = (call: () => void) => {
    if (!process.isDead) call();
  };
  return {
    setup(handle) {
      handle.connection = connection;
    },
    processors: processorsWith(
      async (job, token, signal) => await perform({ forker, process, worker }, job, token, signal),
    ),
    afterPerform: (job) =>
      unlessDead(() => ledger.heard(process, "afterPerform", at(job), job.attemptsMade, job.finishedOn)),
    onFailure: (job) => unlessDead(() => ledger.heard(process, "onFailure", at(job), job.attemptsMade, job.finishedOn)),
    on: {
      completed: (job) =>
        unlessDead(() => ledger.heard(process, "completed", at(job), job.attemptsMade, job.finishedOn)),
      failed: (job) =>
        unlessDead(() => ledger.heard(process, "failed", at(job), job?.attemptsMade ?? -1, job?.finishedOn)),
    },
  };
}
