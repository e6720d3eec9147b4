import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { forgetAnswers, unanswered } from "../engine/connections/answers.ts";
import { type ForkedChild, forkBatch, isLate, isShortage } from "../engine/fork/fork-batch.ts";
import { becomeQuiet } from "../engine/fork/quiet.ts";
import { becomeForkedChild } from "../engine/identity/become-forked-child.ts";
import { adviceFor } from "../engine/safety/finding.ts";
import { divideFiles } from "../engine/safety/open-files.ts";
import { findOpenFiles } from "../engine/safety/safety-files.ts";
import { becomeOwnLogThreads, endLogThreads, resumeLogThreads } from "../engine/threads/log-threads.ts";
import { continueTimers, dropTimers } from "../engine/timers/template-timers.ts";
import { native } from "../native/binding.ts";
import type { Channel } from "../protocol/channel.ts";
import type { RunnerLaunchConfig, TemplateLaunchConfig, WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { ForkOrder, InitToTemplate, RunnerOrder, TemplateMessage } from "../protocol/messages.ts";
import { warnOfUnanswered } from "./choose-engine.ts";
import { Patience } from "./patience.ts";

/**
 * The native call abandons a batch after this time; a fork takes milliseconds. V8's threads get the first 5 s (fork-threads.cc).
 */
const forkTimeoutMs = 10_000;
const quietTimeoutMs = 5_000;

type Order = ForkOrder | RunnerOrder;

type Obstacle = Pick<Extract<ReturnType<typeof forkBatch>, { role: "parent" }>, "isShortage" | "isLate">;

/**
 * Collects fork orders and forks them together between two turns of the event loop: setImmediate runs in libuv's check phase,
 * outside any batch of I/O events, which template and worker would otherwise both continue to handle.
 */
export class ForkQueue {
  readonly #launch: TemplateLaunchConfig;
  readonly #application: Pick<Application, "hasOnlyAdopted">;
  readonly #channel: Channel<InitToTemplate, TemplateMessage>;
  readonly #log: Logger;
  readonly #continueAs: (launch: WorkerLaunchConfig | RunnerLaunchConfig, ended: readonly number[]) => void;
  readonly #orders: Order[] = [];
  readonly #patience = new Patience();
  #isForking = false;
  #awaitIdle: (() => void)[] = [];

  constructor(
    launch: TemplateLaunchConfig,
    application: Pick<Application, "hasOnlyAdopted">,
    channel: Channel<InitToTemplate, TemplateMessage>,
    log: Logger,
    /** `ended`: the descriptors of the connections that have ended in this process. */
    continueAs: (launch: WorkerLaunchConfig | RunnerLaunchConfig, ended: readonly number[]) => void,
  ) {
    this.#launch = launch;
    this.#application = application;
    this.#channel = channel;
    this.#log = log;
    this.#continueAs = continueAs;
  }

  add(orders: readonly Order[]): void {
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
      if (child !== undefined) this.#beChild(orders[child.index] as Order, child.ended);
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
  #forkUnlessShared(orders: readonly Order[]): ForkedChild | undefined {
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

  /** A copy of the template that can become neither a worker nor a runner must not survive. */
  #beChild(order: Order, ended: readonly number[]): void {
    try {
      this.#wakeAsChild(order, ended);
    } catch (cause) {
      this.#log.fatal(
        { err: cause, slot: order.options.slot },
        "killing a forked process that cannot take up its role",
      );
      process.kill(native().currentPid(), "SIGKILL");
    }
  }

  /** Runs first in a child: drops the template's orders and its channel, which do not belong to the child. */
  #wakeAsChild(order: Order, ended: readonly number[]): void {
    this.#orders.length = 0;
    this.#awaitIdle.length = 0;
    this.#channel.abandon();
    const { generation } = this.#launch;
    const role = "runner" in order ? "runner" : "worker";
    becomeForkedChild({
      title: `forker ${role} ${order.options.isSpare === true ? "spare" : order.options.slot} gen ${generation} starting`,
    });
    forgetAnswers();
    if (role === "runner") dropTimers();
    else continueTimers();
    becomeOwnLogThreads();
    this.#continueAs(launchOf(this.#launch, order), ended);
    // The role's listeners are installed: signals that arrived since the fork are delivered now.
    native().unblockSignals();
  }

  #report(orders: readonly Order[], outcome: Extract<ReturnType<typeof forkBatch>, { role: "parent" }>): void {
    const forked = orders.flatMap((order, index) => {
      const pid = outcome.pids[index];
      return pid === undefined || pid <= 0 ? [] : [{ order, pid }];
    });
    const workers = forked.flatMap(({ order, pid }) => ("worker" in order ? [{ worker: order.worker, pid }] : []));
    const runners = forked.flatMap(({ order, pid }) => ("runner" in order ? [{ runner: order.runner, pid }] : []));
    this.#channel.send({ kind: "forked", workers, ...(runners.length > 0 && { runners }) });
    const forkMs = Math.round(outcome.totalMs * 100) / 100;
    if (workers.length > 0) this.#log.info({ workers: workers.length, forkMs }, "forked workers");
    if (runners.length > 0) this.#log.debug({ runners: runners.length, forkMs }, "forked runners");
    const notForked = orders.filter((order) => !forked.some((one) => one.order === order));
    if (notForked.length > 0) this.#failed(notForked, outcome.failure ?? "fork failed", outcome);
    else this.#patience.succeeded();
  }

  #fail(orders: readonly Order[], cause: unknown): void {
    this.#failed(orders, cause instanceof Error ? cause.message : String(cause), {
      isShortage: isShortage(cause),
      isLate: isLate(cause),
    });
  }

  #failed(orders: readonly Order[], failed: string, obstacle: Obstacle): void {
    const late = obstacle.isLate ? this.#patience.late() : undefined;
    const message = late === undefined ? failed : `${failed}: ${late.why}`;
    const broken = late === undefined ? !obstacle.isShortage : late.isTooOften;
    this.#log.error({ cause: message, slots: orders.map(({ options }) => options.slot) }, "could not fork processes");
    const failure = { code: "ERR_FORKER_FORK", message };
    const workers = orders.flatMap((order) => ("worker" in order ? [order.worker] : []));
    const runners = orders.flatMap((order) => ("runner" in order ? [order.runner] : []));
    this.#channel.send({ kind: "forkFailed", workers, runners, failure, broken });
  }
}

export function launchOf(
  { generation, settings, socketName, initPid, version, hasBoard }: TemplateLaunchConfig,
  order: Order,
): WorkerLaunchConfig | RunnerLaunchConfig {
  const common = { options: order.options, generation, settings, initPid, version };
  if ("runner" in order) return { role: "runner", ...common, runner: order.runner, host: order.host };
  return { role: "worker", engine: "fork", ...common, hasBoard, token: order.token, socketName };
}
