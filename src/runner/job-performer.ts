import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { WorkerStoppedError } from "../bull/worker/abort-reasons.ts";
import { errorNamed } from "../bull/worker/error-named.ts";
import { describeThrown } from "../bull/worker/thrown-error.ts";
import { inTrace } from "../bull/worker/trace-context.ts";
import type { AbortReason, RunnerMessage, WorkerToRunner } from "../protocol/runner-messages.ts";
import { jobText } from "../text/printable.ts";
import { JobSource, type RecreatedJob, type SourceSettings } from "./job-source.ts";
import type { WorkerLink } from "./worker-link.ts";

type Run = Extract<WorkerToRunner, { kind: "run" }>;

/** Performs the one job of a runner: the hook before it, and the processor. The worker writes its end. */
export class JobPerformer {
  readonly #application: Application;
  readonly #source: JobSource;
  readonly #controller = new AbortController();
  #link: WorkerLink | undefined;
  #hasEnded = false;

  static async prepare(settings: SourceSettings, application: Application, log: Logger): Promise<JobPerformer> {
    return new JobPerformer(application, await JobSource.open(settings, application, log));
  }

  /** One for all runners of a template. undefined: each runner has to prepare its own. */
  static async prepareAhead(
    settings: SourceSettings,
    application: Application,
    log: Logger,
  ): Promise<JobPerformer | undefined> {
    if (!JobSource.canOpenAhead(application)) return undefined;
    return await JobPerformer.prepare(settings, application, log);
  }

  private constructor(application: Application, source: JobSource) {
    this.#application = application;
    this.#source = source;
  }

  belongTo(slot: number, log: Logger): void {
    this.#source.belongTo(slot, log);
  }

  connectTo(link: WorkerLink): void {
    this.#link = link;
  }

  nameOf({ queue, job }: Run): string {
    return jobText({ queue, id: String(job["id"]) });
  }

  abort(reason: AbortReason): void {
    this.#controller.abort(this.#reasonOf(reason));
  }

  /** Resolves when the end is sent. Never rejects. */
  async run(order: Run): Promise<void> {
    const watching = (error: unknown) => {
      // Node ends this process next, unless the application listens for such errors.
      if (process.listenerCount("uncaughtException") === 0) this.#ended(undefined, { thrown: error });
    };
    process.on("uncaughtExceptionMonitor", watching);
    let made: RecreatedJob | undefined;
    try {
      made = this.#source.recreate(order, (progress) => this.#progress(progress));
      const { job } = made;
      const processor = await this.#source.processorOf(order.queue);
      const { hooks, optionsFor } = this.#application;
      const { telemetry } = optionsFor(order.queue);
      const result = await inTrace(telemetry, order.trace, async () => {
        if (hooks.has.beforePerform) await hooks.beforePerform(job);
        if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
        return await processor(job, order.token, () => this.#controller.signal);
      });
      this.#ended(made, { result: JSON.stringify(result) });
    } catch (thrown) {
      this.#ended(made, { thrown });
    } finally {
      process.off("uncaughtExceptionMonitor", watching);
    }
  }

  /** Only for a process that continues. */
  async close(): Promise<void> {
    await this.#source.close();
  }

  #progress(progress: unknown): void {
    const text = JSON.stringify(progress) as string | undefined;
    if (text !== undefined) this.#link?.send({ kind: "progress", progress: text });
  }

  #ended(
    made: RecreatedJob | undefined,
    outcome: { readonly result: string | undefined } | { readonly thrown: unknown },
  ) {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const end: Omit<Extract<RunnerMessage, { kind: "ended" }>, "kind"> = "thrown" in outcome
      ? { failure: describeThrown(this.#source.api, outcome.thrown) }
      : { ...(outcome.result !== undefined && { result: outcome.result }) };
    this.#link?.send({ kind: "ended", ...end, ...made?.changes() });
  }

  #reasonOf({ name, message }: AbortReason): Error {
    if (name === "WorkerStoppedError") return new WorkerStoppedError(message);
    return errorNamed(this.#source.api, name, message);
  }
}
