/**
 * What init and the keeper send each other: see messages.ts for the protocol as a whole.
 *
 *   keeper → init
 *     alive         The keeper's event loop turns. Every second.
 *     handedBack    The answer to `handBack`, however long Redis takes. Sent again if more of the worker's jobs turn up.
 *     recovered     The keeper has recovered orphaned jobs: an instance that ran on this host before held them.
 *     quarantined   The quarantine has changed: how many orphaned jobs it has, and in which queues.
 *     ended         The keeper has written the end of a job.
 *     askRetryDelay The keeper fails an attempt, and only the application knows the delay of the next one.
 *     jobCounts     How many jobs each queue has: the answer to `countJobs`, repeated at intervals. See job-counts.ts.
 *     dueJobs       How many jobs of each watched queue a worker could take now: the answers to `watchDueJobs`.
 *     stale         All queues that are stale now. Sent while there are any, and once when there are none left.
 *     fleetOrdered  A command of the fleet concerns this forker: obey it, and answer `fleetAnswer`. See fleet.ts.
 *     fleetRuled    Whether the fleet has suspended this forker, when the keeper has read it first and after each change.
 *     fleetJoined   Where the commands begin that concern this forker.
 *     fleetRestarted  The commands begin again: they have expired, or Redis has lost the latest ones.
 *     withdrawn     The answer to `withdraw`: init need not wait any longer.
 *   init → keeper
 *     guard         This worker runs: renew its locks if it does not. Without queues: it has ended.
 *     handBack      This worker has died: hand back its jobs.
 *     countJobs     Count the jobs of these queues.
 *     watchDueJobs  Count the due jobs of these queues after each change. Without queues: no longer.
 *     options       The Worker options of the queues have changed, with a reload.
 *     retryDelay    The answer of a worker to `askRetryDelay`.
 *     announce      Announce this forker to the fleet, and pass on its commands. `fleetAnswer`: answer a command.
 *     withdraw      Withdraw this forker from the fleet: init is about to exit.
 *     leaving       This forker takes no more jobs: release those in quarantine, in these queues, to other forkers.
 */
import * as v from "valibot";
import type { DeadWorker } from "./dead-worker.ts";
import { dueJobsMessage, type WatchDueJobs } from "./due-jobs.ts";
import { count, jobName, queueName } from "./fields.ts";
import {
  type AnnounceMessage,
  type FleetAnswerMessage,
  fleetJoined,
  fleetOrdered,
  fleetRestarted,
  fleetRuled,
} from "./fleet.ts";
import { type CountJobs, jobCountsMessage } from "./job-counts.ts";
import { endReport, helloMessage } from "./messages.ts";
import type { QueueOptions } from "./queue-options.ts";
import { type RetryDelayAnswer, retryDelayQuestion } from "./retry-delay.ts";

export type InitToKeeper =
  | { readonly kind: "options"; readonly queueOptions: readonly QueueOptions[] }
  | CountJobs
  | WatchDueJobs
  | ({ readonly kind: "retryDelay" } & RetryDelayAnswer)
  | { readonly kind: "guard"; readonly worker: number; readonly lockOwner: string; readonly queues: readonly string[] }
  | ({ readonly kind: "handBack" } & DeadWorker)
  | AnnounceMessage
  | FleetAnswerMessage
  | { readonly kind: "leaving"; readonly queues: readonly string[] }
  | { readonly kind: "withdraw" };

/** A queue from which no worker has taken a job for a while, although one could have. `since` is monotonic. */
const staleQueue = v.object({ queue: queueName, since: v.number() });
export type StaleQueue = v.InferOutput<typeof staleQueue>;

export const keeperMessage = v.variant("kind", [
  jobCountsMessage,
  dueJobsMessage,
  v.object({ kind: v.literal("stale"), queues: v.array(staleQueue) }),
  v.object({ kind: v.literal("ended"), report: endReport }),
  v.object({
    kind: v.literal("handedBack"),
    worker: count,
    handedBack: v.array(jobName),
    failed: v.array(jobName),
    /** Jobs whose ends the worker could not write. */
    wroteCompleted: v.array(jobName),
    wroteFailed: v.array(jobName),
  }),
  v.object({ kind: v.literal("askRetryDelay"), ...retryDelayQuestion.entries }),
  v.object({ kind: v.literal("alive") }),
  v.object({ kind: v.literal("withdrawn") }),
  fleetOrdered,
  fleetRuled,
  fleetJoined,
  fleetRestarted,
  v.object({ kind: v.literal("quarantined"), count, latest: v.array(jobName), queues: v.array(queueName) }),
  v.object({ kind: v.literal("recovered"), handedBack: v.array(jobName), failed: v.array(jobName) }),
]);
export type KeeperMessage = v.InferOutput<typeof keeperMessage>;
export const fromKeeper = v.union([helloMessage, keeperMessage]);
