import type { Logger } from "pino";
import type * as v from "valibot";
import type { Application } from "../app/application.ts";
import { loadApplication } from "../app/load.ts";
import { watchUnexpectedEnd } from "../app/unexpected-end.ts";
import { isPlainConnection } from "../bull/connection/redis-target.ts";
import { inspectForkSupport } from "../engine/fork/support.ts";
import { trackCpuTime } from "../engine/identity/cpu-time.ts";
import { trackEntropy } from "../engine/identity/entropy.ts";
import { trackOrigins } from "../engine/safety/origins.ts";
import { noteInheritedFiles } from "../engine/safety/safety-files.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { dieWithParent } from "../native/die-with-parent.ts";
import { changeUser } from "../privileges/change-user.ts";
import { refuseRoot } from "../privileges/decide-privileges.ts";
import { Channel, ChannelFault, dial } from "../protocol/channel.ts";
import type { TemplateLaunchConfig, WorkerLaunchConfig } from "../protocol/launch-config.ts";
import {
  type Failure,
  fromTemplate,
  type InitToTemplate,
  type RedisPlace,
  type TemplateMessage,
} from "../protocol/messages.ts";
import { chooseEngine } from "./choose-engine.ts";
import { ForkQueue } from "./fork-queue.ts";

type TemplateChannel = Channel<InitToTemplate, v.InferOutput<typeof fromTemplate>>;

export interface TemplateDependencies {
  readonly log: Logger;
  /** Loads what every worker will need and the application may not have loaded: once here is shared by all. */
  readonly preload: () => Promise<void>;
  /** What a forked child goes on as. The composition is the entry point's: roles do not know each other. */
  readonly continueAsWorker: (launch: WorkerLaunchConfig, application: Application) => Promise<number>;
}

/**
 * Loads the application once and forks workers from it on request. It owns no connection but its channel, and runs no
 * job. Resolves with an exit code: in the template when it is retired, and in each forked child when that worker ends.
 */
export async function runTemplate(launch: TemplateLaunchConfig, dependencies: TemplateDependencies): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<number | Promise<number>>();
  const inbox = new Inbox();
  const socket = await dial(launch.socketName);
  const { log } = dependencies;
  const handlers = {
    message: (message: InitToTemplate) => inbox.put(message),
    closed: (cause: Error | undefined) => {
      if (cause !== undefined) log.error({ cause: cause.message }, "the channel to init is closed: the template ends");
      stopWatching();
      end(cause instanceof ChannelFault ? exitCodes.internal.code : exitCodes.done.code);
    },
  };
  const channel: TemplateChannel = new Channel(socket, handlers, undefined, "", fromTemplate);
  channel.send({ kind: "hello", token: launch.token, pid: process.pid });
  // A socket with nothing before it to write is written to at once.
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
  { log, preload }: TemplateDependencies,
  /** From here on an end of this process has causes of its own. */
  loaded: () => void,
): Promise<Application> {
  const started = performance.now();
  if (launch.settings.engine !== "spawn" && inspectForkSupport().supported) {
    trackEntropy();
    trackCpuTime();
    noteInheritedFiles();
    trackOrigins();
  }
  const application = await loadApplication(launch.settings, launch.generation, log);
  const loadMs = performance.now() - started;
  const { user } = application.config;
  if (user !== undefined) {
    changeUser(user, log, "forker.user()");
    dieWithParent(launch.initPid, log);
  }
  refuseRoot(launch.settings.user ?? user, process.geteuid?.() ?? 0);
  await preload();
  await application.hooks.warmup();
  loaded();
  if (launch.settings.engine !== "spawn") {
    channel.send({ kind: "trying" });
    // In the kernel's hands: what comes next may end this process.
    await channel.flushed();
  }
  const { engine, reason } = await chooseEngine(launch.settings, channel, log);
  // What init decided, init has said.
  if (reason !== undefined && launch.settings.engine !== "spawn")
    log.warn({ engine }, `workers are spawned, not forked: ${reason}`);
  channel.send({
    kind: "loaded",
    workload: application.config.workload.map(({ queues, concurrency }) => ({ queues: [...queues], concurrency })),
    timeLimits: [...application.config.timeLimits],
    hearsEnds: application.hooks.has.afterPerform || application.hooks.has.onFailure,
    engine,
    engineReason: reason,
    redis: redisForKeeper(application, log),
    loadMs,
  });
  process.title = `forker template gen ${launch.generation} ready`;
  log.info({ loadMs: Math.round(loadMs), engine }, "application loaded");
  return application;
}

/** The keeper is another process: what cannot be written down cannot be told to it. */
function redisForKeeper({ config }: Application, log: Logger): RedisPlace | undefined {
  const { connection, prefix } = config;
  if (isPlainConnection(connection)) return { connection, prefix };
  log.warn(
    "forker.connection is no plain data, so a dead worker's jobs wait for BullMQ's stalled check: set REDIS_URL",
  );
  return undefined;
}

function serve(
  launch: TemplateLaunchConfig,
  application: Application,
  channel: Channel<InitToTemplate, TemplateMessage>,
  inbox: Inbox,
  dependencies: TemplateDependencies,
  end: (code: number | Promise<number>) => void,
): void {
  const queue = new ForkQueue(launch, channel, dependencies.log, (worker) =>
    end(dependencies.continueAsWorker(worker, application)),
  );
  inbox.open((message) => {
    switch (message.kind) {
      case "fork":
        queue.add(message.workers);
        return;
      case "retire":
        process.title = `forker template gen ${launch.generation} retiring`;
        void retire(queue, application, launch.generation).then(end);
        return;
    }
  });
}

/** Orders are carried out as they came: init waits for each worker that it has ordered. */
async function retire(queue: ForkQueue, application: Application, generation: number): Promise<number> {
  await queue.idle();
  await application.hooks.teardown({ role: "template", generation });
  return 0;
}

/** Messages that arrive while the application is still loading wait for it. */
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

/** A mistake of the user's is its one line; anything else needs its stack. */
function failureOf(cause: unknown): Failure {
  if (cause instanceof ForkerError) {
    const inner = cause.exit === "bootFailure" && cause.cause instanceof Error ? cause.cause.stack : undefined;
    return { code: cause.code, message: cause.message, stack: inner, exit: cause.exit };
  }
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return { code: "ERR_FORKER_BOOT", message: `the application failed to load: ${error.message}`, stack: error.stack };
}
