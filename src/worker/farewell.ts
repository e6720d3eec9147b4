import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import type { WorkerBirth } from "../protocol/birth.ts";
import type { JobName } from "../protocol/messages.ts";
import type { Consumer } from "./consumer.ts";
import type { HeldJob, HeldJobs } from "./held-jobs.ts";
import { type InitLink, sendLast } from "./init-link.ts";

export interface FarewellParts {
  readonly birth: WorkerBirth;
  readonly application: Application;
  readonly held: HeldJobs;
  readonly consumer: Consumer | undefined;
  readonly link: InitLink | undefined;
  readonly log: Logger;
  /** Their processors go on for as long as the process does. */
  readonly deaf: readonly HeldJob[];
  readonly stopsEndedWithProcess: readonly JobName[];
  /** Whatever happens from here on, init has the account. */
  readonly said: () => void;
}

/** The account, the application's teardown, the end of all connections. Resolves with the exit code. */
export async function leave(parts: FarewellParts): Promise<number> {
  const { application, held, consumer, link, log, deaf } = parts;
  const { generation, options } = parts.birth;
  const teardown = () => application.hooks.teardown({ role: "worker", generation, slot: options.slot });
  consumer?.ends.tearDown();
  const hasDeaf = deaf.length > 0;
  if (hasDeaf) {
    await teardown();
    await held.endWithoutProcessor(deaf);
    for (const job of parts.stopsEndedWithProcess) link?.send({ kind: "jobStopped", ...job, byItself: false });
  }
  const { finished, failed, handedBack, lost } = held;
  const { fitting: unwritten, tooLarge } = held.unwritten;
  for (const { queue, id: job } of tooLarge)
    log.error({ queue, job }, "cannot pass on the end of a job: it is too large; the job has finished, and runs again");
  const mayHoldMore = consumer?.strayJobsAreThinkable ?? false;
  await sendLast(link, { kind: "farewell", finished, failed, handedBack, lost, unwritten, mayHoldMore });
  parts.said();
  const counts = { finished, failed, handedBack: handedBack.length, lost: lost.length, unwritten: unwritten.length };
  log.info(counts, "worker ended");
  if (!hasDeaf) {
    await teardown();
    await consumer?.close();
  }
  link?.end();
  return lost.length === 0 ? exitCodes.done.code : exitCodes.jobsNotHandedBack.code;
}
