import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { forgetAnswers, unanswered } from "../engine/connections/answers.ts";
import { type ForkedChild, forkBatch, isShortage } from "../engine/fork/fork-batch.ts";
import { becomeQuiet } from "../engine/fork/quiet.ts";
import { becomeForkedChild } from "../engine/identity/become-forked-child.ts";
import { adviceFor } from "../engine/safety/finding.ts";
import { divideFiles } from "../engine/safety/open-files.ts";
import { findOpenFiles } from "../engine/safety/safety-files.ts";
import { becomeOwnLogThreads, endLogThreads, resumeLogThreads } from "../engine/threads/log-threads.ts";
import { continueTimers } from "../engine/timers/template-timers.ts";
import { native } from "../native/binding.ts";
import type { Channel } from "../protocol/channel.ts";
import type { TemplateLaunchConfig, WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { ForkOrder, InitToTemplate, TemplateMessage } from "../protocol/messages.ts";
import { warnOfUnanswered } from "./choose-engine.ts";

/**
 * The native call abandons a batch after this time; a fork takes milliseconds. V8's threads get the first 5 s (fork-threads.cc).
 */
const forkTimeoutMs = 10_000;
const quietTimeoutMs = 5_000;

/**
 * Collects fork orders and forks them together between two turns of the event loop: setImmediate runs in libuv's check phase,
 * outside any batch of I/O events, which template and worker would otherwise both continue to handle.
 */
export class ForkQueue {
  readonly #launch: TemplateLaunchConfig;
  readonly #application: Pick<Application, "hasOnlyAdopted">;
  readonly #channel: Channel<InitToTemplate, TemplateMessage>;
  readonly #log: Logger;
  readonly #continueAsWorker: (launch: WorkerLaunchConfig, ended: readonly number[]) => void;
  readonly #orders: ForkOrder[] = [];
  #isForking = false;
  #awaitIdle: (() => void)[] = [];

  constructor(
    launch: TemplateLaunchConfig,
    application: Pick<Application, "hasOnlyAdopted">,
    channel: Channel<InitToTemplate, TemplateMessage>,
    log: Logger,
    /** `ended`: the descriptors of the connections that have ended in this worker. */
    continueAsWorker: (launch: WorkerLaunchConfig, ended: readonly number[]) => void,
  ) {
    this.#launch = launch;
    this.#application = application;
    this.#channel = channel;
    this.#log = log;
    this.#continueAsWorker = continueAsWorker;
  }

  add(orders: readonly ForkOrder[]): void {
    this.#orders.push(...orders);
    if (this.#isForking) return;
    this.#isForking = true;
    void this.#forkWhenQuiet();
  }

  /** Resolves when every earlier order has been carried out or refused. */
  async idle(): Promise<void> {
    while (this.#isForking) await new Promise<void>((resolve) => this.#awaitIdle.push(resolve));
  }

  async #forkWhenQuiet(): Promise<void> {
    try {
      for (const cause of await endLogThreads())
        this.#log.warn({ cause }, "a thread that writes a log may have lost lines");
      warnOfUnanswered(await becomeQuiet({ deadlineMs: quietTimeoutMs }), this.#log);
    } catch (cause) {
      this.#fail(this.#orders.splice(0), cause);
      this.#rest();
      return;
    }
    setImmediate(() => {
      // A callback of the application, such as a file watcher's, has started a request since then.
      if (native().activeRequests() > 0 || unanswered().length > 0) return void this.#forkWhenQuiet();
      const orders = this.#orders.splice(0);
      const child = this.#forkUnlessShared(orders);
      if (child !== undefined) this.#beChild(orders[child.index] as ForkOrder, child.ended);
      this.#rest();
    });
  }

  #rest(): void {
    this.#isForking = false;
    resumeLogThreads();
    for (const resolve of this.#awaitIdle.splice(0)) resolve();
  }

  /**
   * A callback of the application may have opened a server since the fork check. This template is then broken, and init starts
   * another. Returns undefined in the template.
   */
  #forkUnlessShared(orders: readonly ForkOrder[]): ForkedChild | undefined {
    if (orders.length === 0) return undefined;
    try {
      const shared = this.#launch.settings.forkCheck === "error" ? findOpenFiles([this.#channel.socket]) : [];
      const [first] = shared.filter(({ severity }) => severity === "refuse");
      if (first !== undefined)
        throw new Error(
          `the template opened ${first.what} after the fork check: ${adviceFor(first, this.#application)}`,
        );
      const { kept } = divideFiles([this.#channel.socket]);
      const outcome = forkBatch(orders.length, { deadlineMs: forkTimeoutMs, kept });
      if (outcome.role === "child") return outcome;
      this.#report(orders, outcome);
    } catch (cause) {
      this.#fail(orders, cause);
    }
    return undefined;
  }

  /** A copy of the template that cannot become a worker must not survive. */
  #beChild(order: ForkOrder, ended: readonly number[]): void {
    try {
      this.#wakeAsChild(order, ended);
    } catch (cause) {
      this.#log.fatal({ err: cause, slot: order.options.slot }, "killing a forked process that cannot become a worker");
      process.kill(native().currentPid(), "SIGKILL");
    }
  }

  /** Runs first in a child: drops the template's orders and its channel, which do not belong to the child. */
  #wakeAsChild(order: ForkOrder, ended: readonly number[]): void {
    this.#orders.length = 0;
    this.#awaitIdle.length = 0;
    this.#channel.abandon();
    const { generation, settings, socketName, initPid, version, hasBoard } = this.#launch;
    becomeForkedChild({ title: `forker worker ${order.options.slot} gen ${generation} starting` });
    forgetAnswers();
    continueTimers();
    becomeOwnLogThreads();
    const launch: WorkerLaunchConfig = {
      role: "worker",
      engine: "fork",
      options: order.options,
      hasBoard,
      token: order.token,
      generation,
      settings,
      socketName,
      initPid,
      version,
    };
    this.#continueAsWorker(launch, ended);
    // The worker's listeners are installed: signals that arrived since the fork are delivered now.
    native().unblockSignals();
  }

  #report(orders: readonly ForkOrder[], outcome: Extract<ReturnType<typeof forkBatch>, { role: "parent" }>): void {
    const workers = orders.flatMap((order, index) => {
      const pid = outcome.pids[index];
      return pid === undefined || pid <= 0 ? [] : [{ worker: order.worker, pid }];
    });
    this.#channel.send({ kind: "forked", workers });
    this.#log.info({ workers: workers.length, forkMs: Math.round(outcome.totalMs * 100) / 100 }, "forked workers");
    const notForked = orders.filter((order) => !workers.some((launch) => launch.worker === order.worker));
    if (notForked.length > 0) this.#fail(notForked, outcome.failure ?? "fork failed", !outcome.isShortage);
  }

  #fail(orders: readonly ForkOrder[], cause: unknown, broken = !isShortage(cause)): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#log.error({ cause: message, slots: orders.map(({ options }) => options.slot) }, "could not fork workers");
    const failure = { code: "ERR_FORKER_FORK", message };
    this.#channel.send({ kind: "forkFailed", workers: orders.map((order) => order.worker), failure, broken });
  }
}
