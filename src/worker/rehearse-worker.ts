import diagnosticsChannel from "node:diagnostics_channel";
import { pino } from "pino";
import type { Application } from "../app/application.ts";
import { fenceHooks } from "../app/hooks.ts";
import { isolationBy } from "../app/isolation.ts";
import { Listeners } from "../app/listeners.ts";
import { loadBull } from "../bull/library/load-bull.ts";
import { withoutOwnChanges } from "../bull/library/own-changes.ts";
import { rehearsalServer } from "../bull/rehearsal/rehearsal-server.ts";
import { withTimeout } from "../clock/abort-deadline.ts";
import type { Settings } from "../config/settings.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { InitLink, InitLinkHandlers } from "./orders/init-link.ts";
import { runWorker, type WorkerEdges } from "./run-worker.ts";
import { runnerPoolEdges } from "./runners/runner-pool-edges.ts";

/** Far more than it needs, even on a machine that is busy. */
const timeoutMs = 5_000;
const queue = "rehearsal";
/** ioredis 5.11 and newer publishes each command and each connection on these. */
const traced = ["command", "batch", "connect"];
const tracedEvents = ["start", "end", "asyncStart", "asyncEnd", "error"];

/** "observed": it was left out. "late": it did not wait for a job, or did not end, in time. */
export type Rehearsal = "done" | "observed" | "late";

/**
 * Does in the template what each worker does from its start to its end: obeys init, opens its connections, asks BullMQ for a job, waits
 * for one, drains and leaves. Init and Redis exist only in this process. V8 compiles the code that this needs once, before the fork,
 * and the workers share it. None of the application's code runs. Nothing is left of it, whether it succeeds or not.
 */
export async function rehearseWorker(application: Application, settings: Settings): Promise<Rehearsal> {
  if (await isObserved(application)) return "observed";
  // pino's own destination adds listeners to the process.
  const log = pino({ level: "silent" }, { write() {} });
  const server = rehearsalServer();
  const nobody = { processors: {} };
  const rehearsed: Application = {
    path: application.path,
    config: {
      ...application.config,
      redis: { connection: server.options, prefix: queue },
      logger: undefined,
      timeLimits: [],
    },
    processorFor: () => () => Promise.resolve(),
    hooks: fenceHooks(nobody, settings.hookTimeoutMs, log),
    optionsFor: () => ({}),
    queueOptions: [],
    listeners: new Listeners(nobody, log),
    isolation: isolationBy(nobody),
    jobsAtATime: () => 1,
  };
  const init = new RehearsalInit();
  // Workers that forker has adopted name their queues: no worker looks for others.
  const queues = application.hasOnlyAdopted === true ? [queue] : [queue, `${queue}-*`];
  const over = runWorker(launchOf(settings, queues), rehearsed, log, undefined, edgesFor(init));
  // If it fails after the time limit, nobody waits for it.
  over.catch(() => {});
  try {
    let steps = 0;
    const waits = server.waiting.then(() => steps++);
    // A worker that cannot start ends without having waited.
    await withTimeout(timeoutMs, Promise.race([waits, over]));
    init.drain();
    await withTimeout(
      timeoutMs,
      over.then(() => steps++),
    );
    return steps === 2 ? "done" : "late";
  } finally {
    server.close();
  }
}

/** A worker that is spawned: a forked one may need runners, and changes how V8 collects. */
function launchOf(settings: Settings, queues: readonly string[]): WorkerLaunchConfig {
  return {
    role: "worker",
    engine: "spawn",
    socketName: "",
    token: queue,
    initPid: process.ppid,
    version: "",
    hasBoard: false,
    generation: 0,
    settings: { ...settings, queueEvents: "off" },
    options: { slot: 0, spec: { queues }, stalledAfterMs: Number.POSITIVE_INFINITY },
  };
}

/** What a worker does to its process would last. */
function edgesFor(init: RehearsalInit): WorkerEdges {
  return {
    connect: (_, handlers) => Promise.resolve(init.greet(handlers)),
    listenForSignals() {},
    recordSignals() {},
    watchExit() {},
    releaseMemory: () => () => undefined,
    runnerEdges: runnerPoolEdges,
    showTitle() {},
    continueApplication: async ({ hooks }, { options, generation }) => {
      const { slot, spec } = options;
      await hooks.afterFork({ slot, generation, queues: spec.queues, concurrency: 1 });
    },
    endApplication: async () => {},
  };
}

/** An init that exists only in this process, and has one worker. */
class RehearsalInit {
  #worker: InitLinkHandlers | undefined;

  greet(worker: InitLinkHandlers): InitLink {
    this.#worker = worker;
    setImmediate(() => worker.message({ kind: "welcome", suspended: false }));
    return {
      send({ kind }) {
        if (kind === "started") setImmediate(() => worker.message({ kind: "take" }));
      },
      flushed: async () => undefined,
      end: () => undefined,
    };
  }

  drain(): void {
    this.#worker?.message({ kind: "drain" });
  }
}

/** Whether code of the application, such as instrumentation, would see the commands. */
async function isObserved({ path }: Application): Promise<boolean> {
  const channels = traced.flatMap((what) => tracedEvents.map((event) => `tracing:ioredis:${what}:${event}`));
  if (channels.some((name) => diagnosticsChannel.hasSubscribers(name))) return true;
  const { Redis, api } = await loadBull(path);
  const methods = [
    [Redis.prototype, "sendCommand"],
    [Redis.prototype, "connect"],
    [api.Worker.prototype, "getNextJob"],
  ] as const;
  return methods.some(([prototype, name]) => isReplaced(prototype, name));
}

/**
 * By its source: the libraries' own are methods of classes, and what replaces one, as dd-trace, New Relic and OpenTelemetry do, is a
 * function or an arrow. forker's own changes do not count.
 */
function isReplaced(prototype: object, name: string): boolean {
  const found: unknown = Reflect.get(prototype, name);
  if (typeof found !== "function") return true;
  return !new RegExp(`^(?:async )?${name}\\(`).test(Function.prototype.toString.call(withoutOwnChanges(found)));
}
