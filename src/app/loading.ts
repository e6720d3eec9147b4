import { setTimeout } from "node:timers/promises";
import { compileFunction } from "node:vm";
import type { AdoptedWorkers } from "../bull/adoption/adopted-workers.ts";
import { describeParkedClients } from "../bull/parking/parked-clients.ts";
import { currentTurn } from "../engine/progress/turns.ts";
import { noteKnownWait } from "../engine/progress/waits.ts";
import { activeResources, addedTo } from "./active-resources.ts";
import { connectIfAwaited } from "./connect-if-awaited.ts";
import { describeWaiting } from "./describe-waiting.ts";
import { importFile } from "./import-module.ts";
import { judgeLoad, type LoadVerdict } from "./judge-load.ts";
import { holdLimits, loadState } from "./load-state.ts";
import { makeReadyWaitFor, noticeImport } from "./ready.ts";

/** These timers are not counted among those of the application: they do not keep the process alive. */
const lookMs = 10;

/** Node prints the line of source that throws an uncaught error, unless it contains this text (GetErrorSource in node_errors.cc). */
const raise = compileFunction("throw error; // node-do-not-add-exception-line", ["error"]) as (error: unknown) => never;

type Exports = Record<string, unknown>;

/** The evaluation of the application file. It may begin in the template and end in the workers. */
export class Loading {
  /** The module's exports. Rejects with what it threw. */
  readonly evaluated: Promise<Exports>;
  readonly #adopted: AdoptedWorkers;
  readonly #before = activeResources();
  readonly #woken = Promise.withResolvers<void>();
  #isEvaluated = false;
  #isAwaited = false;
  /** The module has imported bullmq-forker, and may be a definition, without which there is nothing to fork. */
  #mayDefine = false;
  #isSettled = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(file: string, adopted: AdoptedWorkers) {
    this.#adopted = adopted;
    makeReadyWaitFor(() => {
      this.#isAwaited = true;
      noteKnownWait();
      return this.#woken.promise;
    });
    noticeImport(() => void (this.#mayDefine = true));
    this.evaluated = importFile(file);
    this.evaluated.then(
      () => void (this.#isEvaluated = this.#isSettled = true),
      (cause: unknown) => {
        this.#isSettled = true;
        this.#failure = { cause };
      },
    );
  }

  /** Resolves with the exports, or with undefined if the module waits for what only a worker has. */
  async beforeFork(): Promise<Exports | undefined> {
    const over = new AbortController();
    void this.#connectForDefinition(over.signal);
    return await Promise.race([this.evaluated, this.#waitingForWorker()]).finally(() => over.abort());
  }

  /** Resolves when the module waits for what only a worker has; never, if it evaluates before. */
  async #waitingForWorker(): Promise<undefined> {
    while (!this.#isSettled) if ((await this.#verdict()) === "complete") return undefined;
    return await new Promise<undefined>(() => {});
  }

  /** Resolves when the application has created its Workers: false if it has none, and nothing is left that could create one. */
  async workersCreated(): Promise<boolean> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.cause;
      const verdict = await this.#verdict();
      if (verdict !== "wait") return verdict === "complete";
    }
  }

  get isEvaluated(): boolean {
    return this.#isEvaluated;
  }

  /** Whether the application may still create Workers, in the workers. */
  get isOpen(): boolean {
    return !this.#isEvaluated || this.#isAwaited;
  }

  /** Ends the wait of ready(), in a worker. What the module throws from now on is an uncaught error, as in a plain process. */
  continueInWorker(): void {
    this.#woken.resolve();
    this.evaluated.catch((cause: unknown) => {
      setImmediate(() => raise((cause as Error).cause ?? cause));
    });
  }

  /** What keeps the process waiting, for people: `Redis at 127.0.0.1:6379 (waiting: get), 2 timers`. Empty: nothing that is known. */
  describeWaiting(): string {
    return describeWaiting(this.#alive());
  }

  /** A definition that waits for Redis gets its reply in the template. */
  async #connectForDefinition(over: AbortSignal): Promise<void> {
    const until = async (isTrue: () => boolean) => {
      while (!over.aborted && !this.#isSettled && !isTrue()) await setTimeout(lookMs, undefined, { ref: false });
    };
    await until(() => this.#waitsForDefinition);
    await connectIfAwaited(until(() => !this.#waitsForDefinition));
  }

  get #waitsForDefinition(): boolean {
    return this.#mayDefine && !this.#isAwaited && this.#adopted.all.length === 0;
  }

  /** Looks until the application is calm, or has changed. */
  async #verdict(): Promise<LoadVerdict> {
    let seen = this.#look();
    const since = performance.now();
    let { events } = currentTurn();
    let silentSince = since;
    for (;;) {
      await setTimeout(lookMs, undefined, { ref: false });
      if (this.#failure !== undefined) return "wait";
      const now = this.#look();
      const isCalm = now.state.requests === 0 && now.text === seen.text;
      const atMs = performance.now();
      if (currentTurn().events !== events) {
        events = currentTurn().events;
        silentSince = atMs;
      }
      const verdict = judgeLoad({ ...now.state, calmMs: isCalm ? atMs - since : 0, silentMs: atMs - silentSince });
      if (verdict === "complete") holdLimits();
      if (verdict !== "wait" || !isCalm) return verdict;
      seen = now;
    }
  }

  #look() {
    const { timers, others } = this.#alive();
    const isEvaluated = this.#isEvaluated;
    const workers = this.#adopted.all.length;
    const facts = { isEvaluated, workers, waitsForDefinition: this.#waitsForDefinition, isAwaited: this.#isAwaited };
    const state = loadState({ ...facts, timers, others });
    return { state, text: JSON.stringify([facts, timers, others, describeParkedClients()]) };
  }

  #alive(): { readonly timers: number; readonly others: readonly string[] } {
    const added = addedTo(this.#before);
    const others = added.filter((kind) => kind !== "Timeout");
    return { timers: added.length - others.length, others };
  }
}
