import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { endApplication } from "../app/end-application.ts";
import { teardownTimeoutMs } from "../app/hooks.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { Consumer } from "./consumer.ts";
import type { HeldJob } from "./jobs/held-job.ts";
import type { HeldJobs } from "./jobs/held-jobs.ts";
import { type InitLink, sendLast } from "./orders/init-link.ts";

export interface LeaveParts {
  readonly launch: WorkerLaunchConfig;
  readonly slot: number;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly consumer: Consumer | undefined;
  readonly link: InitLink | undefined;
  readonly log: Logger;
  readonly endApplication: typeof endApplication;
  /** Jobs whose processors run until the process exits. */
  readonly unstoppable: readonly HeldJob[];
  /** Reports how the jobs have ended that init asked to stop. */
  readonly reportStops: () => void;
  /** Called after the exit report: from then on an exit is not unexpected. */
  readonly said: () => void;
}

/**
 * Sends the exit report, ends the application, closes all connections. Resolves with the exit code. An application with unstoppable
 * jobs only gets its teardown: they have used up the time that its listeners for the end would have.
 */
export async function leave(parts: LeaveParts): Promise<number> {
  const { application, held, consumer, link, log, unstoppable } = parts;
  const { generation } = parts.launch;
  const teardown = (limitMs = teardownTimeoutMs) =>
    application.hooks.teardown({ role: "worker", generation, slot: parts.slot }, limitMs);
  consumer?.emit("closed");
  consumer?.ends.tearDown();
  const hasUnstoppable = unstoppable.length > 0;
  if (hasUnstoppable) {
    await teardown();
    await held.endWithoutProcessor(unstoppable);
  }
  parts.reportStops();
  const { finished, failed, handedBack, lost } = held;
  const { fitting: unwritten, tooLarge } = held.unwritten;
  held.reported();
  held.times.flush();
  for (const { queue, id: job } of tooLarge)
    log.error({ queue, job }, "could not pass on the end of a job: it is too large; the finished job runs again");
  const mayHoldUndelivered = consumer?.mayHoldUndelivered ?? false;
  await sendLast(link, { kind: "exitReport", finished, failed, handedBack, lost, unwritten, mayHoldUndelivered });
  parts.said();
  // The keeper writes the ends that were passed on.
  const left = lost.length - unwritten.length;
  const counts = { finished, failed, handedBack: handedBack.length, lost: left, passedOn: unwritten.length };
  log.info(counts, "worker ended");
  if (!hasUnstoppable) {
    const beganMs = performance.now();
    await parts.endApplication(application, {
      limitMs: Math.min(parts.launch.settings.stopTimeoutMs, teardownTimeoutMs),
      log,
    });
    await teardown(teardownTimeoutMs - (performance.now() - beganMs));
    await consumer?.close();
  }
  link?.end();
  return left === 0 ? exitCodes.done.code : exitCodes.jobsNotHandedBack.code;
}
