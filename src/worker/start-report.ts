import type { Application } from "../app/application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { NotTakingReason, WorkerMessage } from "../protocol/messages.ts";
import { applicationSettled } from "./application-settled.ts";

/** Reports once that the worker has started, and shows why it takes no job although it has. */
export class StartReport {
  readonly #application: Application;
  readonly #row: RowWriter | undefined;
  readonly #send: (message: WorkerMessage) => void;
  #notTaking: NotTakingReason | undefined;
  #isStarted = false;

  constructor(application: Application, row: RowWriter | undefined, send: (message: WorkerMessage) => void) {
    this.#application = application;
    this.#row = row;
    this.#send = send;
  }

  started(notTaking?: NotTakingReason): void {
    this.#notTaking = notTaking;
    this.showNotTaking();
    if (!this.#isStarted) this.#report();
    this.#isStarted = true;
  }

  /** The row is claimed when init has said welcome, which may be after the start. */
  showNotTaking(): void {
    if (this.#notTaking !== undefined) this.#row?.notTaking(this.#notTaking, monotonicClock.now());
  }

  #report(): void {
    const goesOn = this.#application.hasOnlyAdopted === true;
    this.#send({ kind: "started", ...(goesOn && { goesOn }) });
    if (goesOn) void applicationSettled(this.#application).then(() => this.#send({ kind: "settled" }));
  }
}
