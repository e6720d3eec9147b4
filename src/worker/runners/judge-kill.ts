import type { Logger } from "pino";
import type { Application } from "../../app/application.ts";
import { withoutArguments } from "../../bull/connection/describe-error.ts";
import type { HeldLocks } from "../../bull/keys/held-locks.ts";
import type { Bull } from "../../bull/library/load-bull.ts";
import { defaultDeathsAtMost } from "../../protocol/dead-worker.ts";
import type { HeldJob } from "../jobs/held-job.ts";
import type { HeldJobs } from "../jobs/held-jobs.ts";

export interface KillJudgeParts {
  readonly bull: Bull;
  readonly application: Pick<Application, "optionsFor">;
  readonly locks: Pick<HeldLocks, "countDeath">;
  readonly held: Pick<HeldJobs, "finishing">;
  readonly log: Logger;
}

/**
 * Counts a death of a runner that the job did not cause by itself, as the keeper counts the deaths of workers. Resolves with the
 * error that fails the job if there were too many; undefined: it is handed back.
 */
export function killJudge({ bull, application, locks, held, log }: KillJudgeParts) {
  return async (one: HeldJob, why: string): Promise<Error | undefined> => {
    // However long Redis is unavailable, it does not run, and must not reach its time limit.
    held.finishing(one);
    const { lane, job } = one;
    try {
      // No other job shares the process, so this one need not run alone.
      const deaths = await locks.countDeath(lane.keys, job.id ?? "", Number.MAX_SAFE_INTEGER);
      const atMost = application.optionsFor(lane.queue).maxStalledCount ?? defaultDeathsAtMost;
      if (deaths <= atMost) return undefined;
      const processes = deaths === 1 ? "1 process" : `${deaths} processes`;
      return new bull.api.UnrecoverableError(`${why}; ${processes} died with this job`);
    } catch (cause) {
      const fields = { queue: lane.queue, job: job.id, err: withoutArguments(cause) };
      log.error(fields, "could not count the death of a job's process");
      return undefined;
    }
  };
}
