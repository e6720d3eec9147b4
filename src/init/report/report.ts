import type { DrainReport } from "../../protocol/drain-report.ts";
import type { JobName } from "../../protocol/messages.ts";
import { countsOf, heldBy } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";

/** Of the living, what is known of them now; of the dead, what was settled. */
export function drainReport({ account, workers }: World): DrainReport {
  let { finished, failed } = account;
  const { handedBack, lost } = account;
  const running: JobName[] = [];
  for (const worker of workers) {
    const counts = countsOf(worker);
    finished += counts.finished;
    failed += counts.failed;
    if (worker.exitReport === undefined) running.push(...heldBy(worker));
  }
  return { finished, failed, handedBack, lost, running };
}
