import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { loadApplication } from "../app/load.ts";
import { isPlainConnection } from "../bull/redis-target.ts";
import { trackCpuTime } from "../engine/fork/cpu-time.ts";
import { trackEntropy } from "../engine/fork/entropy.ts";
import { trackOrigins } from "../engine/fork/origins.ts";
import { noteInheritedFiles } from "../engine/fork/safety-files.ts";
import { inspectForkSupport } from "../engine/fork/support.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { dieWithParent } from "../native/die-with-parent.ts";
import { changeUser } from "../privileges/change-user.ts";
import { refuseRoot } from "../privileges/decide.ts";
import type { TemplateBirth, WorkerBirth } from "../protocol/birth.ts";
import { Channel, dial } from "../protocol/channel.ts";
import type { Failure, InitToTemplate, RedisPlace, TemplateMessage } from "../protocol/messages.ts";
import { chooseEngine } from "./choose-engine.ts";
import { ForkQueue } from "./fork-queue.ts";

export interface TemplateDependencies {
  readonly log: Logger;
  /** Loads what every worker will need and the application may not have loaded: once here is shared by all. */
  readonly preload: () => Promise<void>;
  /** What a forked child goes on as. The composition is the entry point's: roles do not know each other. */
  readonly continueAsWorker: (birth: WorkerBirth, application: Application) => Promise<number>;
}

/**
 * Loads the application once and forks workers from it on request. It owns no connection but its channel, and runs no
 * job. Resolves with an exit code: in the template when it is retired, and in each forked child when that worker ends.
 */
export async function runTemplate(birth: TemplateBirth, dependencies: TemplateDependencies): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<number | Promise<number>>();
  const inbox = new Inbox();
  const socket = await dial(birth.socketName);
  const channel = new Channel<InitToTemplate, TemplateMessage>(socket, {
    message: (message) => inbox.put(message),
    closed: () => end(0),
  });
  (channel as Channel<InitToTemplate, TemplateMessage | { kind: "hello"; token: string; pid: number }>).send({
    kind: "hello",
    token: birth.token,
    pid: process.pid,
  });
  process.title = `forker template gen ${birth.generation} loading`;
  void bringUp(birth, channel, dependencies).then(
    (application) => serve(birth, application, channel, inbox, dependencies, end),
    async (cause: unknown) => {
      channel.send({ kind: "loadFailed", failure: failureOf(cause) });
      await channel.flushed();
      end(cause instanceof ForkerError ? cause.exitCode : 70);
    },
  );
  return await over;
}

async function bringUp(
  birth: TemplateBirth,
  channel: Channel<InitToTemplate, TemplateMessage>,
  { log, preload }: TemplateDependencies,
): Promise<Application> {
  const started = performance.now();
  if (birth.settings.engine !== "spawn" && inspectForkSupport().supported) {
    trackEntropy();
    trackCpuTime();
    noteInheritedFiles();
    trackOrigins();
  }
  const application = await loadApplication(birth.settings, birth.generation, log);
  const loadMs = performance.now() - started;
  const { user } = application.config;
  if (user !== undefined) {
    changeUser(user, log, "forker.user()");
    dieWithParent(birth.initPid);
  }
  refuseRoot(birth.settings.user ?? user, process.geteuid?.() ?? 0);
  await preload();
  await application.hooks.warmup();
  if (birth.settings.engine !== "spawn") {
    channel.send({ kind: "trying" });
    // In the kernel's hands: what comes next may end this process.
    await channel.flushed();
  }
  const { engine, reason } = await chooseEngine(birth.settings, channel, log);
  // What init decided, init has said.
  if (reason !== undefined && birth.settings.engine !== "spawn")
    log.warn({ engine }, `workers are spawned, not forked: ${reason}`);
  channel.send({
    kind: "loaded",
    workload: application.config.workload.map(({ queues, concurrency }) => ({ queues: [...queues], concurrency })),
    timeLimits: [...application.config.timeLimits],
    engine,
    engineReason: reason,
    redis: redisForKeeper(application, log),
    loadMs,
    readyMs: performance.now() - started,
  });
  process.title = `forker template gen ${birth.generation} ready`;
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
  birth: TemplateBirth,
  application: Application,
  channel: Channel<InitToTemplate, TemplateMessage>,
  inbox: Inbox,
  dependencies: TemplateDependencies,
  end: (code: number | Promise<number>) => void,
): void {
  const queue = new ForkQueue(birth, channel, dependencies.log, (worker) =>
    end(dependencies.continueAsWorker(worker, application)),
  );
  inbox.open((message) => {
    switch (message.kind) {
      case "fork":
        queue.add(message.births);
        return;
      case "retire":
        process.title = `forker template gen ${birth.generation} retiring`;
        void retire(queue, application, birth.generation).then(end);
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
  #take: ((message: InitToTemplate) => void) | undefined;

  put(message: InitToTemplate): void {
    if (this.#take === undefined) this.#waiting.push(message);
    else this.#take(message);
  }

  open(take: (message: InitToTemplate) => void): void {
    this.#take = take;
    for (const message of this.#waiting.splice(0)) take(message);
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
