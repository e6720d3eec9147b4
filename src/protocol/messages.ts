/**
 * Every message between our processes. One JSON object a line, over init's control socket.
 *
 * Whoever dials (a template, a worker, a subcommand) speaks first. A child's first message is `hello`, with the one-time
 * token of its launch config; init answers a worker with `welcome`, a template with nothing. A subcommand's first and only message
 * is `ask`; init answers with one line and closes, or, to who awaits a drain, with a DrainReport a line. Messages of one connection arrive in the order in which they were
 * sent. Either side may close; EOF means that the peer is dead or done, and a child that reads EOF stops by itself.
 *
 *   child → init      hello, then: template: trying, loaded | loadFailed, forked, forkFailed
 *                                  worker: started | startFailed, statusUpdate (on a change that the board does not show),
 *                                          jobStopped, ended, endHeard, exitReport
 *                                  keeper: alive (each second), ended, handedBack, recovered, quarantined, stale (while there are such queues, and once when there are none any more)
 *   init → template   fork, retire
 *   init → worker     welcome, take, suspend, resume, drain, stop, stopJobs, stopJob, ended
 *   init → keeper     guard, handBack, leaving
 */
import * as v from "valibot";
import type { PlainWorkerOrderKind } from "../signals/signal-table.ts";
import { count, jobName, prose, queueName, readableId, text } from "./fields.ts";
import { type UnwrittenEnd, unwrittenEnd } from "./unwritten-end.ts";
import type { WorkerStartOptions } from "./worker-start-options.ts";

const workerSpec = v.object({
  queues: v.array(text),
  concurrency: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

export type JobName = v.InferOutput<typeof jobName>;

/** A job that a worker holds, or held: with Redis' count of its starts, nobody else's run of it is taken for this one. */
const heldJob = v.object({ ...jobName.entries, starts: v.optional(count) });
export type HeldJobName = v.InferOutput<typeof heldJob>;

/** Why something failed, in one line for a person, with the stack only where it is not the user's mistake. */
const failure = v.object({ code: text, message: prose, stack: v.optional(prose), exit: v.optional(text) });
export type Failure = v.InferOutput<typeof failure>;

/** How long the jobs of a queue may take: see src/config/time-limits.ts. */
const timeLimit = v.object({ pattern: text, softMs: v.number(), hardMs: v.optional(v.number()) });

/** What a job comes to that is cut short with its worker. Those that are not named are handed back. */
export interface JobEnding extends JobName {
  readonly outcome: "fail" | "retry" | "handback";
  readonly message: string;
  /** The name of what it fails with, unless that is final: then it is an UnrecoverableError, as BullMQ requires. */
  readonly error: "JobStoppedError" | "JobTimeoutError";
}

/**
 * An attempt that has ended in Redis, and that no application code has heard of: the keeper runs none, and a worker none after
 * its teardown. A living worker reads the job itself; what its next attempt may change by then is in here.
 */
const endReport = v.object({
  queue: queueName,
  id: readableId,
  /** undefined: it completed. */
  failure: v.optional(v.object({ name: prose, message: prose })),
  attemptsMade: count,
  /** undefined: it is tried again. */
  finishedOn: v.optional(count),
});
export type EndReport = v.InferOutput<typeof endReport>;

/** Where the jobs are: for ioredis, and BullMQ's key prefix. */
const redisPlace = v.object({ connection: v.union([text, v.record(v.string(), v.unknown())]), prefix: text });
export type RedisPlace = v.InferOutput<typeof redisPlace>;

export const helloMessage = v.object({ kind: v.literal("hello"), token: text, pid: count });

export const templateMessage = v.variant("kind", [
  /** From here until `loaded` it is tried whether this process can be forked: a signal that ends it now is the trial's. */
  v.object({ kind: v.literal("trying") }),
  v.object({
    kind: v.literal("loaded"),
    workload: v.array(workerSpec),
    timeLimits: v.array(timeLimit),
    /** Whether the application has hooks for the ends of jobs. */
    hearsEnds: v.boolean(),
    /** What this generation's workers are made with, and, where it is not what was asked, why. */
    engine: v.picklist(["fork", "spawn"]),
    engineReason: v.optional(prose),
    /** For the keeper. Absent where setup() gave something that is no plain data: functions, a TLS context. */
    redis: v.optional(redisPlace),
    loadMs: v.number(),
  }),
  v.object({ kind: v.literal("loadFailed"), failure }),
  /** The workers that it has forked, by the ids in their orders. */
  v.object({ kind: v.literal("forked"), workers: v.array(v.object({ worker: count, pid: count })) }),
  /** broken: it is this template's fault, and the next attempt's would be the same. Otherwise the system had no room. */
  v.object({ kind: v.literal("forkFailed"), workers: v.array(count), failure, broken: v.boolean() }),
]);
export type TemplateMessage = v.InferOutput<typeof templateMessage>;
export const fromTemplate = v.union([helloMessage, templateMessage]);

/** What a worker is doing, in the words of its title and of `forker status`. */
export const workerModes = ["standby", "taking", "suspended", "draining", "stopping"] as const;
export type WorkerMode = (typeof workerModes)[number];

/**
 * Why a worker takes no job: its mode; jobs are being stopped; it lets its jobs end, or runs one alone, because a worker died
 * with that job; it knows no queue yet; it runs as many jobs as it may. See src/worker/queues/may-take.ts.
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
  /** afterFork is done and the Redis connections were begun; it takes nothing before it is told to. */
  v.object({ kind: v.literal("started") }),
  v.object({ kind: v.literal("startFailed"), failure }),
  /** Sent when one of these changed, at most ten times a second. */
  v.object({
    kind: v.literal("statusUpdate"),
    mode: v.picklist(workerModes),
    connected: v.boolean(),
    /** Why it is not connected: the last error's message. */
    connectionError: v.optional(prose),
    queues: v.array(queueName),
    /** What the board does not show: of a worker with a row, jobs that it has no room for. Since which monotonic instant. */
    holding: v.array(v.object({ ...heldJob.entries, startedAt: v.number(), isEnding: v.optional(v.boolean()) })),
    /** 0 of a worker with a row, which shows them itself. */
    finished: count,
    failed: count,
  }),
  /** A job that it was told to stop is at its end: stopped, or by itself just before. */
  v.object({ kind: v.literal("jobStopped"), ...jobName.entries, byItself: v.boolean() }),
  /** The end of a job that it has written after its teardown. */
  v.object({ kind: v.literal("ended"), report: endReport }),
  /** It calls the hook of an end that init passed on to it, with init's number for it. */
  v.object({ kind: v.literal("endHeard"), number: count }),
  /** The account before a worker ends by itself. Its absence says that it was killed. */
  v.object({
    kind: v.literal("exitReport"),
    finished: count,
    failed: count,
    handedBack: v.array(jobName),
    /** Jobs that could be neither finished nor handed back. */
    lost: v.array(heldJob),
    /** The ends of those of them that have ended, as far as they fit. */
    unwritten: v.array(unwrittenEnd),
    /** Redis may have given it a job in an answer that never came: somebody has to look. */
    mayHoldUndelivered: v.boolean(),
  }),
]);
export type WorkerMessage = v.InferOutput<typeof workerMessage>;
export const fromWorker = v.union([helloMessage, workerMessage]);

export type InitToTemplate =
  | { readonly kind: "fork"; readonly workers: readonly ForkOrder[] }
  /** teardown(), then exit 0. */
  | { readonly kind: "retire" };

/** One worker to be forked: the parts of its launch config that the template does not know itself. */
export interface ForkOrder {
  /** init's id for it, by which the template reports what became of the order. */
  readonly worker: number;
  readonly token: string;
  readonly options: WorkerStartOptions;
}

export type InitToWorker =
  /** The answer to hello: the worker starts, and waits as a standby. */
  | { readonly kind: "welcome"; readonly suspended: boolean }
  /** It has started, and its predecessor has ended: it takes jobs. */
  | { readonly kind: "take" }
  /** suspend; resume; stopJobs: stop the ongoing jobs, stay. */
  | { readonly kind: PlainWorkerOrderKind }
  /** Finish what is held, take nothing new, exit 0. */
  | { readonly kind: "drain" }
  /** Abort what is held, hand back what does not end within `timeoutMs`, exit 0. */
  | { readonly kind: "stop"; readonly timeoutMs: number }
  /** Stop this one job (`forker stop-job`), stay. */
  | { readonly kind: "stopJob"; readonly queue: string; readonly id: string }
  /** The end of a job that another process has written. Answered with `endHeard` before the hook is called. */
  | { readonly kind: "ended"; readonly number: number; readonly report: EndReport };

export type InitToKeeper =
  /** A worker that lives: the locks of what it holds are renewed if it does not do so itself. No queues: it has ended. */
  | { readonly kind: "guard"; readonly worker: number; readonly lockOwner: string; readonly queues: readonly string[] }
  /** It has died: what it held goes back. Answered with `handedBack`, however long Redis takes. */
  | {
      readonly kind: "handBack";
      readonly worker: number;
      readonly lockOwner: string;
      readonly queues: readonly string[];
      /** What it held as far as anybody but Redis knows. */
      readonly holding: readonly HeldJobName[];
      readonly reason: string;
      readonly counts: boolean;
      readonly endings: readonly (JobEnding | UnwrittenEnd)[];
    }
  /** This forker takes nothing more: jobs that are quarantined are for others. Init has heard of some in these queues. */
  | { readonly kind: "leaving"; readonly queues: readonly string[] };

/** A queue from which nobody has taken for a while, though somebody could. */
const staleQueue = v.object({ queue: queueName, since: v.number() });
export type StaleQueue = v.InferOutput<typeof staleQueue>;

export const keeperMessage = v.variant("kind", [
  /** All that are stale now, since which monotonic instant; also when it is none any more. */
  v.object({ kind: v.literal("stale"), queues: v.array(staleQueue) }),
  /** The end of a job that it has written, as soon as it has. */
  v.object({ kind: v.literal("ended"), report: endReport }),
  v.object({
    kind: v.literal("handedBack"),
    worker: count,
    handedBack: v.array(jobName),
    failed: v.array(jobName),
    /** Ends that the worker could not write. */
    wroteCompleted: v.array(jobName),
    wroteFailed: v.array(jobName),
  }),
  /** Its event loop turns. */
  v.object({ kind: v.literal("alive") }),
  /** So many orphaned jobs of these queues are in quarantine. They are released when this forker leaves, which waits for that. */
  v.object({ kind: v.literal("quarantined"), count, latest: v.array(jobName), queues: v.array(queueName) }),
  /** Orphaned jobs: a forker that ran on this host before held them, and has ended. */
  v.object({ kind: v.literal("recovered"), handedBack: v.array(jobName), failed: v.array(jobName) }),
]);
export type KeeperMessage = v.InferOutput<typeof keeperMessage>;
export const fromKeeper = v.union([helloMessage, keeperMessage]);

/** How a job ended that `forker stop-job` asked for; notHeld: no worker here has it. */
export interface StopJobAnswer {
  readonly ended: "stopped" | "byItself" | "notYet" | "notHeld";
}

export const askMessage = v.object({
  kind: v.literal("ask"),
  what: v.variant("name", [
    v.object({ name: v.literal("stopJob"), ...jobName.entries }),
    /** brief: without the memory of each process, which takes time to read. */
    v.object({ name: v.literal("status"), brief: v.optional(v.boolean()) }),
    v.object({ name: v.literal("signal"), signal: text, slot: v.optional(count) }),
    /** wait: answered with a DrainReport at each change, until everything is over. */
    v.object({ name: v.literal("drain"), wait: v.boolean() }),
  ]),
});
export type Ask = v.InferOutput<typeof askMessage>["what"];
