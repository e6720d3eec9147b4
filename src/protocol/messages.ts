/**
 * The protocol between init and the other processes: one JSON object per line, over init's control socket.
 *
 * init listens and never dials. Every other process dials once, and speaks first:
 * - A child (template, worker, keeper) sends `hello`, with its pid and the one-time token of its launch config. init answers a
 *   worker with `welcome`, a template and the keeper with nothing. The connection lasts as long as the child.
 * - A subcommand sends `ask`, its only message. init answers with one line and closes the connection. To a subcommand that
 *   waits for a drain, it sends one DrainReport per line until the drain has ended.
 * Messages of one connection arrive in the order in which they were sent. Either side may close the connection. EOF means that
 * the peer is dead or done; a child that reads EOF stops by itself.
 *
 * keeper-messages.ts has what init and the keeper send each other, ask-message.ts what subcommands ask.
 *
 *   template → init
 *     trying        The template runs its canary until `loaded`: a signal that ends it before then is the canary's fault.
 *     loaded        The application is loaded: its workload and its workers' engine. Or (`loadFailed`) it could not be loaded.
 *     forked        The template has forked these workers and runners, or (`forkFailed`) could not. The ids are those in the orders.
 *   init → template
 *     fork          Fork these workers and runners.
 *     retire        Call teardown(), then exit 0.
 *   worker → init
 *     started       afterFork has run and the worker connects to Redis, or (`startFailed`) it could not start.
 *     settled       The application, which went on at `started`, has done what it had begun before the fork.
 *     crashed       Why the worker exits unexpectedly.
 *     refused       forker cannot run the application, as only a worker could find out, for instance a second Worker of a queue.
 *     placed        Where the application's own Workers have their jobs.
 *     lateOptions   The options of Workers that the application has created in the worker.
 *     readFleet     Whether the fleet has suspended this host, before the worker takes its first job. If so, it suspends itself.
 *     statusUpdate  Something that the board does not show has changed. At most ten a second.
 *     jobTimes      How long jobs waited and ran since the last of these messages: job-times.ts.
 *     jobStopped    A job that init ordered to stop has ended: it was stopped, or ended by itself just before.
 *     stalledTaken  The worker has taken a job that a stalled check had found: init may have counted it as lost.
 *     ended         The worker has written the end of a job after its teardown.
 *     retryDelay    The answer to `computeRetryDelay`.
 *     endHeard      The worker now calls the hook for the `ended` with this number.
 *     runnersWanted How many runners should wait for jobs, and how they reach the worker: runner-messages.ts has what they say.
 *     runnerPrimed  A runner has reached the worker, and waits for a job. With its pid: its template may have died before it reported it.
 *     runnerTaken   A runner got this job. `runnerDone`: it has reported the end of the job, or is not needed, and exits.
 *     killRunner    Only the end of this runner ends its job.
 *     exitReport    The worker is about to exit: what happened to its jobs. Without this message, it was killed.
 *   init → worker
 *     welcome       Start, then wait as a standby.
 *     take          Take jobs: the worker has started, and its predecessor has ended.
 *     takeOver      Take jobs in this slot: the worker was a spare, and the slot has lost its worker.
 *     suspend       Take no new jobs, until `resume`.
 *     drain         Finish the held jobs, take no new ones, exit 0.
 *     stop          Abort the held jobs, hand back those that do not end within `timeoutMs`, exit 0.
 *     stopJobs      Stop the running jobs; `stopJob`: this one job. The worker continues.
 *     ended         Another process has written the end of this job: answer `endHeard`, then call the hook.
 *     runnerEnded   A runner of this worker has ended, or could not be forked.
 *     computeRetryDelay  Call the application's back-off strategy for the keeper: answer `retryDelay`.
 */
import * as v from "valibot";
import type { PlainWorkerOrderKind } from "../signals/signal-table.ts";
import { heldJob } from "./dead-worker.ts";
import { count, jobName, prose, queueName, readableId, text } from "./fields.ts";
import { fleetRule } from "./fleet.ts";
import { jobStages } from "./job-stage.ts";
import { jobTimesMessage } from "./job-times.ts";
import { queueOptions } from "./queue-options.ts";
import { placeReport } from "./redis-place.ts";
import { type RetryDelayQuestion, retryDelayAnswer } from "./retry-delay.ts";
import { type RunnerHost, runnerHost } from "./runner-host.ts";
import { unwrittenEnd } from "./unwritten-end.ts";
import type { WorkerStartOptions } from "./worker-start-options.ts";

const workerSpec = v.object({
  queues: v.array(text),
  weights: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1))), v.readonly())),
  concurrency: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  range: v.optional(v.object({ minimum: count, maximum: count, place: count })),
});

export type JobName = v.InferOutput<typeof jobName>;

/** Why something failed, in one line for people. There is a stack only if the failure is not the user's mistake. */
const failure = v.object({ code: text, message: prose, stack: v.optional(prose), exit: v.optional(text) });
export type Failure = v.InferOutput<typeof failure>;

/** How long the jobs of a queue may take: see src/config/time-limits.ts. */
const timeLimit = v.object({ pattern: text, softMs: v.number(), hardMs: v.optional(v.number()) });

/**
 * An attempt whose end was written by a process that runs no application code: the keeper, or a worker after its teardown.
 * Another worker reads the job from Redis and calls the hook; the report has what the next attempt may change by then.
 */
export const endReport = v.object({
  queue: queueName,
  id: readableId,
  /** undefined: the job completed. */
  failure: v.optional(v.object({ name: prose, message: prose })),
  attemptsMade: count,
  /** undefined: the job will be retried. */
  finishedOn: v.optional(count),
});
export type EndReport = v.InferOutput<typeof endReport>;

export const helloMessage = v.object({ kind: v.literal("hello"), token: text, pid: count });

export const templateMessage = v.variant("kind", [
  v.object({ kind: v.literal("trying") }),
  v.object({
    kind: v.literal("loaded"),
    workload: v.array(workerSpec),
    timeLimits: v.array(timeLimit),
    queueOptions: v.array(queueOptions),
    /** Whether the application has hooks or listeners for the ends of jobs. */
    hearsEnds: v.boolean(),
    /** How this generation's workers are made and, if that is not what was requested, why. */
    engine: v.picklist(["fork", "spawn"]),
    engineReason: v.optional(prose),
    /** Absent: the application has no Worker yet, and the workers report the place with `placed`. */
    place: v.optional(placeReport),
    loadMs: v.number(),
  }),
  v.object({ kind: v.literal("loadFailed"), failure }),
  v.object({
    kind: v.literal("forked"),
    workers: v.array(v.object({ worker: count, pid: count })),
    runners: v.optional(v.array(v.object({ runner: count, pid: count }))),
  }),
  /** broken: the template is at fault, and would fail again. Otherwise the system lacked resources. */
  v.object({
    kind: v.literal("forkFailed"),
    workers: v.array(count),
    runners: v.optional(v.array(count)),
    failure,
    broken: v.boolean(),
  }),
]);
export type TemplateMessage = v.InferOutput<typeof templateMessage>;
export const fromTemplate = v.union([helloMessage, templateMessage]);

/** What a worker is doing, as its title and `forker status` show it. */
export const workerModes = ["standby", "taking", "suspended", "draining", "stopping"] as const;
export type WorkerMode = (typeof workerModes)[number];

/**
 * Why a worker takes no job: its mode; it is stopping jobs; it lets its jobs end before it runs a suspect, or runs one alone;
 * it knows no queue yet; it runs as many jobs as its concurrency allows. See src/worker/queues/may-take.ts.
 */
export const notTakingReasons = [
  "mode",
  "stoppingJobs",
  "emptyingForSuspect",
  "suspectRunsAlone",
  "noQueues",
  "full",
] as const;
export type NotTakingReason = (typeof notTakingReasons)[number];

export const workerMessage = v.variant("kind", [
  v.object({ kind: v.literal("started"), goesOn: v.optional(v.boolean()) }),
  v.object({ kind: v.literal("settled") }),
  v.object({ kind: v.literal("startFailed"), failure }),
  v.object({ kind: v.literal("crashed"), cause: prose }),
  v.object({ kind: v.literal("refused"), failure }),
  v.object({ kind: v.literal("placed"), place: placeReport }),
  v.object({ kind: v.literal("lateOptions"), queueOptions: v.array(queueOptions) }),
  v.object({ kind: v.literal("readFleet"), rule: fleetRule }),
  v.object({
    kind: v.literal("statusUpdate"),
    mode: v.picklist(workerModes),
    suspended: v.boolean(),
    /** How many of init's orders to suspend or resume it has handled. The welcome is the first. */
    suspensionOrders: count,
    connected: v.boolean(),
    /** Why the worker is not connected: the message of the last error. */
    connectionError: v.optional(prose),
    queues: v.array(queueName),
    /** The jobs that the board does not show: for a worker with a row, those that do not fit. `startedAt` is monotonic. */
    holding: v.array(v.object({ ...heldJob.entries, startedAt: v.number(), stage: v.picklist(jobStages) })),
    /** 0 for a worker with a row, which shows the counts itself. */
    finished: count,
    failed: count,
  }),
  jobTimesMessage,
  v.object({ kind: v.literal("jobStopped"), ...jobName.entries, byItself: v.boolean() }),
  v.object({ kind: v.literal("stalledTaken"), ...jobName.entries }),
  v.object({ kind: v.literal("ended"), report: endReport }),
  v.object({ kind: v.literal("endHeard"), number: count }),
  v.object({ kind: v.literal("retryDelay"), ...retryDelayAnswer.entries }),
  v.object({
    kind: v.literal("runnersWanted"),
    waiting: count,
    /** Jobs wait for a runner, or there is time to fork the last few. */
    isUrgent: v.optional(v.boolean()),
    ...runnerHost.entries,
  }),
  v.object({ kind: v.literal("runnerPrimed"), runner: count, pid: v.optional(count) }),
  v.object({ kind: v.literal("runnerTaken"), runner: count, ...jobName.entries }),
  v.object({ kind: v.literal("runnerDone"), runner: count }),
  v.object({ kind: v.literal("killRunner"), runner: count, why: prose }),
  v.object({
    kind: v.literal("exitReport"),
    finished: count,
    failed: count,
    handedBack: v.array(jobName),
    /** Jobs that could be neither finished nor handed back. */
    lost: v.array(heldJob),
    /** The ends of those lost jobs that have ended, as many as fit. */
    unwritten: v.array(unwrittenEnd),
    /** Redis may have given the worker a job in an answer that was lost: the keeper has to look for it. */
    mayHoldUndelivered: v.boolean(),
  }),
]);
export type WorkerMessage = v.InferOutput<typeof workerMessage>;
export const fromWorker = v.union([helloMessage, workerMessage]);

export type InitToTemplate =
  | { readonly kind: "fork"; readonly workers: readonly ForkOrder[]; readonly runners?: readonly RunnerOrder[] }
  | { readonly kind: "retire" };

/** The order to fork one worker: the parts of its launch config that the template does not know itself. */
export interface ForkOrder {
  /** init's id for the worker, by which the template reports what happened to the order. */
  readonly worker: number;
  readonly token: string;
  readonly options: WorkerStartOptions;
}

/** The order to fork one runner for a worker. */
export interface RunnerOrder {
  /** init's id for the runner. */
  readonly runner: number;
  /** How it reaches its worker. */
  readonly host: RunnerHost;
  /** Its worker's. */
  readonly options: WorkerStartOptions;
}

/**
 * How a runner ended. failed: by itself, a crash, or its own fault, which fails its job. killed: by a signal that neither init nor
 * the runner's own fault explains, so the job is not to blame. ordered: its worker or init ended it.
 */
export type RunnerFate = "failed" | "killed" | "ordered";

export type InitToWorker =
  | { readonly kind: "runnerEnded"; readonly runner: number; readonly fate: RunnerFate; readonly why: string }
  | { readonly kind: "welcome"; readonly suspended: boolean }
  | { readonly kind: "take" }
  | { readonly kind: "takeOver"; readonly slot: number; readonly suspended: boolean }
  | { readonly kind: PlainWorkerOrderKind }
  | { readonly kind: "drain" }
  | { readonly kind: "stop"; readonly timeoutMs: number }
  | { readonly kind: "stopJob"; readonly queue: string; readonly id: string }
  | { readonly kind: "ended"; readonly number: number; readonly report: EndReport }
  | ({ readonly kind: "computeRetryDelay" } & RetryDelayQuestion);
