import { releaseClients } from "../bull/parking/parked-clients.ts";
import { endsNoticed } from "../engine/connections/ends-noticed.ts";
import { ForkerError } from "../exit/forker-error.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { Application } from "./application.ts";

/**
 * Lets the application continue in this worker, until its afterFork has ended. `refused` is called if forker cannot run a Worker that it
 * creates, now or later.
 */
export async function continueApplication(
  application: Application,
  { options, generation }: Pick<WorkerLaunchConfig, "options" | "generation">,
  refused: (refusal: ForkerError) => void,
): Promise<void> {
  const { slot, spec } = options;
  const concurrency = application.jobsAtATime(spec);
  // Before code of the application uses a client: one that the template had connected connects again, and a parked one now.
  await endsNoticed();
  application.adopted?.onRefused((cause) => {
    // Others are faults, and mistakes that the application may repeat, such as a URL that cannot be parsed.
    if (cause instanceof ForkerError) refused(cause);
  });
  releaseClients();
  application.loading?.continueInWorker();
  const { hooks } = application;
  if (hooks.has.afterFork) await hooks.afterFork({ slot, generation, queues: spec.queues, concurrency });
}
