import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { ForkerError } from "../exit/forker-error.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { Failure } from "../protocol/messages.ts";
import type { Consumer } from "./consumer.ts";
import type { JobControl } from "./job-control.ts";
import { type LeaveParts, leave } from "./leave.ts";
import { failureOf } from "./orders/failure.ts";
import { type InitLink, sendLast } from "./orders/init-link.ts";

export interface ExitReporterParts {
  readonly launch: WorkerLaunchConfig;
  readonly application: Application;
  readonly log: Logger;
  readonly endApplication: LeaveParts["endApplication"];
  readonly jobs: Pick<JobControl, "held" | "stopper" | "shutdown">;
  readonly link: () => InitLink | undefined;
  readonly consumer: () => Consumer | undefined;
  /** The worker's slot, or that of its launch if it is a spare. */
  readonly slot: () => number;
}

/** Tells init why this worker ends. */
export class ExitReporter {
  readonly #parts: ExitReporterParts;
  #hasReported = false;

  constructor(parts: ExitReporterParts) {
    this.#parts = parts;
  }

  /** The worker has sent its exit report, or the reason why it cannot run. */
  get hasReported(): boolean {
    return this.#hasReported;
  }

  /** init ends, or abandons the reload: every worker would refuse it. */
  refused(refusal: ForkerError): void {
    this.#hasReported = true;
    this.#parts.link()?.send({ kind: "refused", failure: failureOf(refusal) });
  }

  /** Called right before an unexpected exit. The kernel has the message when this returns, unless init is far behind. */
  crashed(cause: string): void {
    this.#parts.link()?.send({ kind: "crashed", cause });
  }

  async startFailed(failure: Failure): Promise<void> {
    this.#hasReported = true;
    await this.#parts.consumer()?.close();
    await sendLast(this.#parts.link(), { kind: "startFailed", failure });
  }

  /** Resolves with the exit code. */
  async leave(): Promise<number> {
    const { launch, application, log, endApplication, jobs, link, consumer, slot } = this.#parts;
    return await leave({
      launch,
      slot: slot(),
      application,
      held: jobs.held,
      consumer: consumer(),
      link: link(),
      log,
      endApplication,
      unstoppable: jobs.shutdown.unstoppable,
      reportStops: () => jobs.stopper.reportAll(),
      said: () => void (this.#hasReported = true),
    });
  }
}
