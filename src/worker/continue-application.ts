import type { Application } from "../app/application.ts";
import { releaseClients } from "../bull/parking/parked-clients.ts";
import { endsNoticed } from "../engine/connections/ends-noticed.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { Failure } from "../protocol/messages.ts";
import { failureOf } from "./orders/failure.ts";

/**
 * Lets the application continue in this worker, until its afterFork has ended. `refused` is called if it creates a Worker whose jobs
 * forker would take in a second place, now or later.
 */
export async function continueApplication(
  application: Application,
  { options, generation }: Pick<WorkerLaunchConfig, "options" | "generation">,
  refused: (failure: Failure) => void,
): Promise<void> {
  const { slot, spec } = options;
  const concurrency = application.jobsAtATime(spec);
  // Before code of the application uses a client: one that the template had connected connects again, and a parked one now.
  await endsNoticed();
  application.adopted?.onRefused((cause) => refused(failureOf(cause)));
  releaseClients();
  application.loading?.continueInWorker();
  await application.hooks.afterFork({ slot, generation, queues: spec.queues, concurrency });
}
