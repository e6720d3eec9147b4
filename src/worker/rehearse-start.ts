import diagnosticsChannel from "node:diagnostics_channel";
import { isDeepStrictEqual } from "node:util";
import { pino } from "pino";
import type { Application } from "../app/application.ts";
import { fenceHooks } from "../app/hooks.ts";
import { isolationBy } from "../app/isolation.ts";
import { Listeners } from "../app/listeners.ts";
import { loadBull } from "../bull/library/load-bull.ts";
import { rehearsalServer } from "../bull/rehearsal/rehearsal-server.ts";
import { withTimeout } from "../clock/abort-deadline.ts";
import type { Settings } from "../config/settings.ts";
import { openConsumer } from "./consumer.ts";
import { HeldJobs } from "./jobs/held-jobs.ts";
import { fetchModes } from "./orders/mode.ts";

/** Far more than it needs, even on a machine that is busy. */
const timeoutMs = 5_000;
const queue = "rehearsal";
/** ioredis 5.11 and newer publishes each command on these. */
const tracingChannels = ["tracing:ioredis:command:start", "tracing:ioredis:connect:start"];

/** "observed": it was left out. "late": a worker would not have waited for a job in time. */
export type Rehearsal = "done" | "observed" | "late";

/**
 * Does in the template what each worker does first: opens its connections, asks BullMQ for a job and waits for one, against a server
 * that exists only in this process. V8 compiles the code that this needs once, before the fork, and the workers share it. None of
 * the application's code runs. Nothing is left of it, whether it succeeds or not.
 */
export async function rehearseStart(application: Application, settings: Settings): Promise<Rehearsal> {
  if (await isObserved(application)) return "observed";
  // pino's own destination adds listeners to the process.
  const log = pino({ level: "silent" }, { write() {} });
  const server = rehearsalServer();
  const nobody = { processors: {} };
  const consumer = await openConsumer({
    options: { slot: 0, spec: { queues: [queue] }, stalledAfterMs: Number.POSITIVE_INFINITY },
    settings,
    lockOwner: queue,
    application: {
      path: application.path,
      config: { ...application.config, logger: undefined, timeLimits: [] },
      processorFor: () => () => Promise.resolve(),
      hooks: fenceHooks(nobody, settings.hookTimeoutMs, log),
      optionsFor: () => ({}),
      queueOptions: [],
      listeners: new Listeners(nobody, log),
      isolation: isolationBy(nobody),
      jobsAtATime: () => 1,
      hasOnlyAdopted: application.hasOnlyAdopted === true,
    },
    redis: { connection: server.options, prefix: queue },
    held: new HeldJobs({ changed() {}, unshown() {} }),
    log,
    checksServer: false,
    isolates: false,
    tellInit() {},
    stopAsked() {},
    releaseMemory() {},
    taking: () => true,
    passOnEnd() {},
    tookStalled() {},
    onJudged() {},
    onChange() {},
    onQueues() {},
  });
  let rehearsal: Rehearsal = "late";
  // Before its first status update a worker compares, for which Node loads a module of its own.
  isDeepStrictEqual(consumer.state, {});
  try {
    consumer.dispatcher.setFetchMode(fetchModes.taking);
    const done = server.waiting.then(() => void (rehearsal = "done"));
    await withTimeout(timeoutMs, done);
  } finally {
    await withTimeout(timeoutMs, consumer.close());
    server.close();
  }
  return rehearsal;
}

/** Whether code of the application, such as instrumentation, would see the commands. */
async function isObserved({ path }: Application): Promise<boolean> {
  if (tracingChannels.some((name) => diagnosticsChannel.hasSubscribers(name))) return true;
  const { Redis, api } = await loadBull(path);
  return isWrapped(Redis.prototype, "sendCommand") || isWrapped(api.Worker.prototype, "getNextJob");
}

/** By the mark of OpenTelemetry. */
function isWrapped(prototype: object, method: string): boolean {
  const found: unknown = Reflect.get(prototype, method);
  return typeof found === "function" && "__wrapped" in found;
}
