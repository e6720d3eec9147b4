/**
 * Every message between our processes. One JSON object a line, over init's control socket.
 *
 * Whoever dials (a template, a worker, a subcommand) speaks first. A child's first message is `hello`, with the one-time
 * token of its birth; init answers a worker with `welcome`, a template with nothing. A subcommand's first and only message
 * is `ask`; init answers with one `answer` and closes. Messages of one connection arrive in the order in which they were
 * sent. Either side may close; EOF means that the peer is dead or done, and a child that reads EOF stops by itself.
 *
 *   child → init      hello, then: template: loaded | loadFailed, forked, forkFailed
 *                                  worker: started | startFailed, pulse (only on change), farewell
 *   init → template   fork, retire
 *   init → worker     welcome, take, suspend, resume, drain, stop, stopJobs
 */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(64 * 1024));

const workerSpec = v.object({
  queues: v.array(text),
  concurrency: v.pipe(v.number(), v.integer(), v.minValue(1)),
});

/** A job as a person names it: `mail:991`. */
const jobName = v.object({ queue: text, id: text });
export type JobName = v.InferOutput<typeof jobName>;

/** Why something failed, in one line for a person, with the stack only where it is not the user's mistake. */
const failure = v.object({ code: text, message: text, stack: v.optional(text), exit: v.optional(text) });
export type Failure = v.InferOutput<typeof failure>;

export const helloMessage = v.object({ kind: v.literal("hello"), token: text, pid: count });

export const templateMessage = v.variant("kind", [
  v.object({
    kind: v.literal("loaded"),
    workload: v.array(workerSpec),
    /** What this generation's workers are made with, and, where it is not what was asked, why. */
    engine: v.picklist(["fork", "spawn"]),
    engineReason: v.optional(text),
    uid: count,
    loadMs: v.number(),
    readyMs: v.number(),
  }),
  v.object({ kind: v.literal("loadFailed"), failure }),
  v.object({ kind: v.literal("forked"), births: v.array(v.object({ slot: count, pid: count })), forkMs: v.number() }),
  v.object({ kind: v.literal("forkFailed"), slots: v.array(count), failure }),
]);
export type TemplateMessage = v.InferOutput<typeof templateMessage>;

/** What a worker is doing, in the words of its title and of `forker status`. */
export const workerModes = ["standby", "taking", "suspended", "draining", "stopping"] as const;
export type WorkerMode = (typeof workerModes)[number];

export const workerMessage = v.variant("kind", [
  /** beforeFirstFork is done and the Redis connections were begun; it takes nothing before it is told to. */
  v.object({ kind: v.literal("started"), startMs: v.number() }),
  v.object({ kind: v.literal("startFailed"), failure }),
  /** Sent when one of these changed, at most ten times a second. */
  v.object({
    kind: v.literal("pulse"),
    mode: v.picklist(workerModes),
    connected: v.boolean(),
    /** Why it is not connected: the last error's message. */
    connectionError: v.optional(text),
    queues: v.array(text),
    holding: v.array(jobName),
    finished: count,
    failed: count,
  }),
  /** The account before a worker ends by itself. Its absence says that it was killed. */
  v.object({
    kind: v.literal("farewell"),
    finished: count,
    failed: count,
    handedBack: v.array(jobName),
    /** Jobs that could be neither finished nor handed back. */
    lost: v.array(jobName),
    /** Ended because a job ignored its AbortSignal: replace it at once, it did not crash. */
    recycle: v.boolean(),
  }),
]);
export type WorkerMessage = v.InferOutput<typeof workerMessage>;

export type InitToTemplate =
  | { readonly kind: "fork"; readonly births: readonly ForkOrder[] }
  /** teardown(), then exit 0. */
  | { readonly kind: "retire" };

/** One worker to be forked: the parts of its birth that the template does not know itself. */
export interface ForkOrder {
  readonly slot: number;
  readonly token: string;
  readonly spec: v.InferOutput<typeof workerSpec>;
}

export type InitToWorker =
  /** The answer to hello: whether it may take jobs at once, or waits as a standby for its predecessor's end. */
  | { readonly kind: "welcome"; readonly take: boolean; readonly suspended: boolean }
  | { readonly kind: "take" }
  | { readonly kind: "suspend" }
  | { readonly kind: "resume" }
  /** Finish what is held, take nothing new, exit 0. */
  | { readonly kind: "drain" }
  /** Abort what is held, hand back what does not end within `timeoutMs`, exit 0. */
  | { readonly kind: "stop"; readonly timeoutMs: number }
  /** Stop the ongoing jobs (USR1), stay. */
  | { readonly kind: "stopJobs" };

export const askMessage = v.object({
  kind: v.literal("ask"),
  what: v.variant("name", [
    v.object({ name: v.literal("status") }),
    v.object({ name: v.literal("signal"), signal: text, slot: v.optional(count) }),
  ]),
});
export type Ask = v.InferOutput<typeof askMessage>["what"];
