import type { Logger } from "pino";
import type * as v from "valibot";
import type { Application } from "../app/application.ts";
import { connectIfAwaited } from "../app/connect-if-awaited.ts";
import { preloadProcessors } from "../app/isolated-processor.ts";
import { knownRedis } from "../app/late-redis.ts";
import { loadApplication } from "../app/load.ts";
import { placeReportOf } from "../app/place-report.ts";
import { endAtRefusal } from "../app/uncaught-refusal.ts";
import { watchUnexpectedEnd } from "../app/unexpected-end.ts";
import { parkClients } from "../bull/parking/parked-clients.ts";
import { trackAnswers } from "../engine/connections/answers.ts";
import { inspectForkSupport } from "../engine/fork/support.ts";
import { trackCpuTime } from "../engine/identity/cpu-time.ts";
import { trackEntropy } from "../engine/identity/entropy.ts";
import { forgetTurns, trackTurns } from "../engine/progress/turns.ts";
import { noteInheritedFiles } from "../engine/safety/open-files.ts";
import { trackOrigins } from "../engine/safety/origins.ts";
import { recordThreads } from "../engine/threads/thread-records.ts";
import { deferTimers, stopDeferring, trackTimers } from "../engine/timers/template-timers.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { dieWithParent } from "../native/die-with-parent.ts";
import { changeUser } from "../privileges/change-user.ts";
import { refuseRoot } from "../privileges/decide-privileges.ts";
import type { BullPlace } from "../protocol/bull-place.ts";
import { Channel, ChannelFault, dial } from "../protocol/channel.ts";
import type { RunnerLaunchConfig, TemplateLaunchConfig, WorkerLaunchConfig } from "../protocol/launch-config.ts";
import { type Failure, fromTemplate, type InitToTemplate, type TemplateMessage } from "../protocol/messages.ts";
import { spawnAdvice } from "../protocol/spawn-advice.ts";
import { chooseEngine } from "./choose-engine.ts";
import { ForkQueue } from "./fork-queue.ts";

type TemplateChannel = Channel<InitToTemplate, v.InferOutput<typeof fromTemplate>>;

export interface TemplateDependencies {
  readonly log: Logger;
  /**
   * Loads what every worker needs and the application may not have loaded, so that all workers share it. Resolves with the
   * BullMQ that they use; undefined: it is inside the application's bundle, and the first Worker of each worker shows it.
   */
  readonly preload: (application: Application) => Promise<BullPlace | undefined>;
  /** Does what a worker does first, so that all workers share the code that this needs. */
  readonly rehearse: (application: Application) => Promise<"done" | "observed" | "late">;
  /** Runs a forked child as a worker or a runner. The entry point passes it in, because roles do not import each other. */
  readonly continueAs: (
    launch: WorkerLaunchConfig | RunnerLaunchConfig,
    application: Application,
    ended: readonly number[],
  ) => Promise<number>;
}

/**
 * Loads the application once and forks workers from it on request. Its only connection is its channel to init, and it runs no
 * jobs. Resolves with an exit code: in the template when it is retired, and in each forked child when that worker ends.
 */
export async function runTemplate(launch: TemplateLaunchConfig, dependencies: TemplateDependencies): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<number | Promise<number>>();
  const inbox = new Inbox();
  const socket = await dial(launch.socketName);
  const { log } = dependencies;
  const handlers = {
    message: (message: InitToTemplate) => inbox.put(message),
    closed: (cause: Error | undefined) => {
      if (cause !== undefined) log.error({ cause: cause.message }, "lost the channel to init, exiting");
      stopWatching();
      end(cause instanceof ChannelFault ? exitCodes.internal.code : exitCodes.done.code);
    },
  };
  const channel: TemplateChannel = new Channel(socket, handlers, undefined, "", fromTemplate);
  channel.send({ kind: "hello", token: launch.token, pid: process.pid });
  // The socket has no earlier data to write, so this report is written before the process ends.
  const stopWatching = watchUnexpectedEnd("it was loading", (failure) => channel.send({ kind: "loadFailed", failure }));
  process.title = `forker template gen ${launch.generation} loading`;
  void bringUp(launch, channel, dependencies, stopWatching).then(
    (application) => serve(launch, application, channel, inbox, dependencies, end),
    async (cause: unknown) => {
      channel.send({ kind: "loadFailed", failure: failureOf(cause) });
      await channel.flushed();
      stopWatching();
      end(cause instanceof ForkerError ? cause.exitCode : exitCodes.bootFailure.code);
    },
  );
  return await over;
}

async function bringUp(
  launch: TemplateLaunchConfig,
  channel: Channel<InitToTemplate, TemplateMessage>,
  { log, preload, rehearse }: TemplateDependencies,
  /** Called when the application has loaded. From then on, an exit of this process has other causes. */
  loaded: () => void,
): Promise<Application> {
  const started = performance.now();
  if (launch.settings.engine !== "spawn" && inspectForkSupport().supported) {
    trackEntropy();
    trackCpuTime();
    noteInheritedFiles();
    trackOrigins();
    recordThreads();
  }
  trackTurns();
  trackAnswers([channel.socket]);
  trackTimers();
  parkClients();
  const application = await loadApplication(launch.settings, launch.generation, log);
  forgetTurns();
  const loadMs = performance.now() - started;
  const { user } = application.config;
  if (user !== undefined) {
    changeUser(user, log, "forker.user()");
    dieWithParent(launch.initPid, log);
  }
  refuseRoot(launch.settings.user ?? user, process.geteuid?.() ?? 0);
  if (launch.settings.engine !== "spawn") await preloadProcessors(application, launch.settings.hookTimeoutMs, log);
  const bull = await preload(application);
  await connectIfAwaited(application.hooks.warmup());
  loaded();
  endAtRefusal((refusal) => log.fatal({ code: refusal.code }, refusal.message));
  const fault = await deferTimers();
  if (fault !== undefined) log.warn({ cause: fault }, "the application's timers also fire in the template");
  if (launch.settings.engine !== "spawn") {
    channel.send({ kind: "trying" });
    // The kernel must have the message before the next steps, which may kill this process.
    await channel.flushed();
  }
  const { engine, reason } = await chooseEngine({
    settings: launch.settings,
    application,
    channel,
    log,
    isReplacement: launch.isReplacement,
    rehearse: async () => await rehearse(application),
    triesOn: () => channel.send({ kind: "trying" }),
  });
  // init has logged its own decision.
  if (reason !== undefined && launch.settings.engine !== "spawn")
    log.warn({ engine, reason, advice: spawnAdvice }, "workers are spawned, not forked");
  const redis = knownRedis(application.config.redis);
  channel.send({
    kind: "loaded",
    workload: application.config.workload.map(({ queues, ...own }) => ({ ...own, queues: [...queues] })),
    timeLimits: [...application.config.timeLimits],
    queueOptions: [...application.queueOptions],
    hearsEnds: hasEnds(application),
    engine,
    engineReason: reason,
    place: redis === undefined || bull === undefined ? undefined : placeReportOf(redis, application, bull, log),
    loadMs,
  });
  process.title = `forker template gen ${launch.generation} ready`;
  log.info({ loadMs: Math.round(loadMs), engine }, "loaded application");
  return application;
}

function hasEnds({ hooks, listeners, adopted }: Application): boolean {
  return hooks.has.afterPerform || hooks.has.onFailure || listeners.hearEnds || adopted !== undefined;
}

function serve(
  launch: TemplateLaunchConfig,
  application: Application,
  channel: Channel<InitToTemplate, TemplateMessage>,
  inbox: Inbox,
  dependencies: TemplateDependencies,
  end: (code: number | Promise<number>) => void,
): void {
  const queue = new ForkQueue(launch, application, channel, dependencies.log, (child, ended) =>
    end(dependencies.continueAs(child, application, ended)),
  );
  inbox.open((message) => {
    switch (message.kind) {
      case "fork":
        queue.add([...message.workers, ...(message.runners ?? [])]);
        return;
      case "retire":
        process.title = `forker template gen ${launch.generation} retiring`;
        void retire(queue, application, launch.generation).then(end);
        return;
    }
  });
}

/** Carries out all orders first, because init waits for each worker that it has ordered. */
async function retire(queue: ForkQueue, application: Application, generation: number): Promise<number> {
  await queue.idle();
  stopDeferring();
  await application.hooks.teardown({ role: "template", generation });
  return 0;
}

/** Holds messages until the application has loaded. */
class Inbox {
  readonly #waiting: InitToTemplate[] = [];
  #receive: ((message: InitToTemplate) => void) | undefined;

  put(message: InitToTemplate): void {
    if (this.#receive === undefined) this.#waiting.push(message);
    else this.#receive(message);
  }

  open(receive: (message: InitToTemplate) => void): void {
    this.#receive = receive;
    for (const message of this.#waiting.splice(0)) receive(message);
  }
}

/** A user's mistake is reported in one line, any other error with its stack. */
function failureOf(cause: unknown): Failure {
  if (cause instanceof ForkerError) {
    const inner = cause.exit === "bootFailure" && cause.cause instanceof Error ? cause.cause.stack : undefined;
    return { code: cause.code, message: cause.message, stack: inner, exit: cause.exit };
  }
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return { code: "ERR_FORKER_BOOT", message: `the application failed to load: ${error.message}`, stack: error.stack };
}
