import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { unanswered } from "../engine/connections/answers.ts";
import { type ForkedChild, forkBatch, isLate, isShortage } from "../engine/fork/fork-batch.ts";
import { becomeQuiet } from "../engine/fork/quiet.ts";
import { adviceFor } from "../engine/safety/finding.ts";
import { divideFiles } from "../engine/safety/open-files.ts";
import { findOpenFiles } from "../engine/safety/safety-files.ts";
import { endLogThreads, resumeLogThreads } from "../engine/threads/log-threads.ts";
import { native } from "../native/binding.ts";
import type { Channel } from "../protocol/channel.ts";
import type { TemplateLaunchConfig } from "../protocol/launch-config.ts";
import type { InitToTemplate, TemplateMessage } from "../protocol/messages.ts";
import { beChild, type Order, type Origin } from "./be-child.ts";
import { warnOfUnanswered } from "./choose-engine.ts";
import { Patience } from "./patience.ts";

/**
 * The native call abandons a batch after this time; a fork takes milliseconds. V8's threads get the first 5 s (fork-threads.cc).
 */
const forkTimeoutMs = 10_000;
const quietTimeoutMs = 5_000;

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
  readonly #origin: Origin;
  readonly #orders: Order[] = [];
  readonly #patience = new Patience();
  #isForking = false;
  #awaitIdle: (() => void)[] = [];

  constructor(
    launch: TemplateLaunchConfig,
    application: Pick<Application, "hasOnlyAdopted">,
    channel: Channel<InitToTemplate, TemplateMessage>,
    log: Logger,
    continueAs: Origin["continueAs"],
  ) {
    this.#launch = launch;
    this.#application = application;
    this.#channel = channel;
    this.#log = log;
    this.#origin = { launch, log, continueAs, abandon: this.abandon.bind(this) };
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
      if (child !== undefined) beChild(orders[child.index] as Order, child.ended, this.#origin);
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

  /** Called in a child. */
  abandon(): void {
    this.#orders.length = 0;
    this.#awaitIdle.length = 0;
    this.#channel.abandon();
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
