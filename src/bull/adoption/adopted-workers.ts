import { ForkerError } from "../../exit/forker-error.ts";
import type { BullWorker } from "../library/bull-types.ts";
import type { BundledCopy } from "../library/bundled-copy.ts";
import type { AdoptedWorker } from "./adopted-worker.ts";

/** The copy of BullMQ that a Worker is of: a package, or part of the application's bundle. */
export type AdoptedCopy = { readonly kind: "package"; readonly mainFile: string } | BundledCopy;

/** The Workers that the application has created in this process, in that order. */
export class AdoptedWorkers {
  readonly #byWorker = new WeakMap<BullWorker, AdoptedWorker>();
  readonly #all = new Set<AdoptedWorker>();
  #copy: AdoptedCopy | undefined;
  #refusal: unknown;
  #changed: (() => void) | undefined;
  #check: (one: AdoptedWorker) => void = () => {};
  #refused: (cause: unknown) => void = () => {};
  #attach: (one: AdoptedWorker) => void = () => {};

  /** Those that are not closed. */
  get all(): AdoptedWorker[] {
    return [...this.#all].filter((one) => !one.isClosing);
  }

  /** The queues whose jobs they process. */
  get queues(): string[] {
    return this.all.filter(({ processor }) => processor !== undefined).map(({ queue }) => queue);
  }

  /** The BullMQ that created them. */
  get copy(): AdoptedCopy | undefined {
    return this.#copy;
  }

  /** Why forker cannot run one of them. The application may have caught the error. */
  get refusal(): unknown {
    return this.#refusal;
  }

  of(worker: BullWorker): AdoptedWorker | undefined {
    return this.#byWorker.get(worker);
  }

  /** The Worker of a queue that takes jobs, or has done so. */
  forQueue(queue: string): AdoptedWorker | undefined {
    return this.all.find((one) => one.queue === queue && one.processor !== undefined);
  }

  /** Throws a ForkerError if forker cannot run this Worker along with the others. */
  add(one: AdoptedWorker, copy: AdoptedCopy): void {
    this.#copy ??= copy;
    try {
      if (this.#copy !== copy) throw twoCopies(one.queue, this.#copy, copy);
      if (one.processor !== undefined && this.forQueue(one.queue) !== undefined) throw twoWorkers(one.queue);
      this.#check(one);
    } catch (cause) {
      throw this.refuse(cause);
    }
    this.#byWorker.set(one.worker, one);
    this.#all.add(one);
    this.#attach(one);
    this.changed();
  }

  /** Notes and reports why forker cannot run a Worker, and returns it: every error that a new Worker throws for that comes from here. */
  refuse<Cause>(cause: Cause): Cause {
    if (this.#refusal === cause) return cause;
    this.#refusal ??= cause;
    this.#refused(cause);
    return cause;
  }

  /** Also checks Workers that are created later. `check` throws for one that forker cannot run. */
  checkEach(check: (one: AdoptedWorker) => void): void {
    this.#check = check;
    for (const one of this.all) check(one);
  }

  /** Calls the listener when a Worker is refused, or if one has been. The application may catch the error. */
  onRefused(listener: (cause: unknown) => void): void {
    this.#refused = listener;
    if (this.#refusal !== undefined) listener(this.#refusal);
  }

  /** Also attaches Workers that are created later. */
  attachEach(attach: (one: AdoptedWorker) => void): void {
    this.#attach = attach;
    for (const one of this.all) attach(one);
  }

  /** From now on the application takes no jobs itself. Resolves when it has ended those that it has taken. */
  async endByHand(): Promise<void> {
    await Promise.all(this.all.map(({ byHand }) => byHand.ended()));
  }

  /** Closes those that the application has not closed. */
  async close(): Promise<void> {
    await Promise.all(this.all.map(async ({ worker }) => await worker.close()));
  }

  /** Calls the listener after each change: Workers were created, run, paused, resumed, closed. Replaces the last listener. */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  changed(): void {
    this.#changed?.();
  }

  /** Called when a Worker is closed. */
  remove(one: AdoptedWorker): void {
    this.#all.delete(one);
    this.changed();
  }
}

function twoWorkers(queue: string): ForkerError {
  return new ForkerError(
    "badConfig",
    "ERR_FORKER_TWO_WORKERS",
    `Worker of queue ${queue}: expected one for each queue, got a second one; create one, and set its concurrency to the sum`,
  );
}

function twoCopies(queue: string, first: AdoptedCopy, second: AdoptedCopy): ForkerError {
  const places = `${placeOf(first)} and ${placeOf(second)}`;
  return new ForkerError(
    "badConfig",
    "ERR_FORKER_TWO_BULLMQS",
    `Worker of queue ${queue}: expected all Workers to be of one copy of bullmq, got ${places}; npm dedupe`,
  );
}

function placeOf(copy: AdoptedCopy): string {
  return copy.kind === "package"
    ? copy.mainFile
    : (copy.file ?? `${copy.version.text} inside the application's bundle`);
}
