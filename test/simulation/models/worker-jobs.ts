import type { NotTakingReason, WorkerMessage } from "../../../src/protocol/messages.ts";
import { type Job, queue } from "../machine/job-store.ts";
import type { Container } from "./container.ts";
import type { WorkerModel } from "./worker-model.ts";
import type { RunnerOutcome } from "./worker-runners.ts";

type Outcome = "completed" | "failed" | "handedBack";

interface Held {
  readonly job: Job;
  readonly takenAt: number;
  readonly entry: number | undefined;
  /** How it ends here. Redis may not have accepted that yet. */
  outcome: Outcome | undefined;
  isStopping: boolean;
  /** What happens to it if it is stopped. */
  stopOutcome: "fail" | "retry" | "handback" | undefined;
}

/** A job that heeds its signal ends within this time. */
const heedMs = 150;
/** The real worker repeats a write that Redis refuses. */
const writeAgainMs = 500;
/** How long a worker that ends waits for the runners that it has asked init to kill. */
const endRunnersMs = 1_500;

/** The jobs of a worker as init sees them: what it takes, how each ends, and what is left when it exits. */
export class WorkerJobs {
  readonly #container: Container;
  readonly #worker: WorkerModel;
  /** A job that a worker died with waits until this worker holds no other. */
  #isEmptying = false;
  readonly #unregister: () => void;
  #held: Held[] = [];
  #isTakePending = false;
  #empty: (() => void) | undefined;
  finished = 0;
  failed = 0;
  readonly handedBack: Job[] = [];
  readonly lost: Job[] = [];
  tookAt = -Infinity;
  #reason: NotTakingReason | undefined = "mode";

  constructor(container: Container, worker: WorkerModel) {
    this.#container = container;
    this.#worker = worker;
    this.#unregister = container.store.onWaiting(() => this.tryTake());
  }

  close(): void {
    this.#unregister();
  }

  get count(): number {
    return this.#held.length;
  }

  /** Jobs whose processor still runs, by id, with when it began. */
  get running(): ReadonlyMap<string, number> {
    return new Map(this.#held.filter(({ outcome }) => outcome === undefined).map((one) => [one.job.id, one.takenAt]));
  }

  get ids(): string[] {
    return this.#held.map(({ job }) => job.id);
  }

  asHeld(): Extract<WorkerMessage, { kind: "statusUpdate" }>["holding"] {
    return this.#held.map(({ job, takenAt, outcome }) => ({
      queue,
      id: job.id,
      starts: job.starts,
      startedAt: takenAt,
      stage: outcome === undefined ? "running" : "ending",
    }));
  }

  tryTake(): void {
    if (this.#isTakePending || !this.#mayTake) return;
    this.#isTakePending = true;
    this.#worker.after(this.#container.schedule.between(0, 10), () => {
      this.#isTakePending = false;
      while (this.#mayTake) {
        const { store } = this.#container;
        this.#isEmptying = this.#held.length > 0 && (store.waiting[0]?.deaths ?? 0) > 0;
        this.judge();
        const job = this.#isEmptying ? undefined : store.take(this.#worker.token);
        if (job === undefined) return;
        this.#hold(job);
      }
    });
  }

  /** Shows on the row why it takes no job. */
  judge(): void {
    const { mode, row, isStuck } = this.#worker;
    const reason = mode === "taking" ? this.#whyFull() : "mode";
    if (reason === this.#reason || (isStuck && this.#reason === "stoppingJobs")) return;
    this.#reason = reason;
    row?.notTaking(reason, this.#now);
  }

  get isExcused(): boolean {
    return this.#reason === "stoppingJobs";
  }

  /** A fault: it gives a reason that never ends. */
  excuse(): void {
    this.#reason = "stoppingJobs";
    this.#worker.row?.notTaking("stoppingJobs", this.#now);
  }

  stopAll(): void {
    for (const one of this.#held) this.#stop(one, this.#container.settings.stoppedJobs);
  }

  stopOne(id: string): void {
    const one = this.#held.find(({ job }) => job.id === id);
    if (one !== undefined) this.#stop(one, this.#container.settings.stoppedJobs);
  }

  whenEmpty(empty: () => void): void {
    this.#empty = empty;
    this.#endIfEmpty();
  }

  /** Stops all jobs. After the timeout, hands back those that do not heed. */
  stopForExit(timeoutMs: number, empty: () => void): void {
    for (const one of this.#held) this.#stop(one, "handback");
    const handBackRest = () => {
      for (const { job } of this.#held.splice(0)) this.#handBack(job);
      empty();
    };
    // Runners that do not heed are killed first.
    this.#worker.after(this.#isIsolating ? timeoutMs + endRunnersMs : timeoutMs, handBackRest);
    this.whenEmpty(empty);
  }

  get #isIsolating(): boolean {
    return this.#worker.runners.areUsed;
  }

  get #mayTake(): boolean {
    const { mode, hasStarted, isStuck, process } = this.#worker;
    return mode === "taking" && hasStarted && !isStuck && !process.isDead && this.#whyFull() === undefined;
  }

  /** As src/worker/queues/may-take.ts decides. */
  #whyFull(): NotTakingReason | undefined {
    if (this.#held.some(({ job }) => job.deaths > 0)) return "suspectRunsAlone";
    if (this.#isEmptying && this.#held.length > 0) return "emptyingForSuspect";
    return this.#held.length >= this.#places ? "full" : undefined;
  }

  get #places(): number {
    return this.#worker.launch.options.spec.concurrency ?? 1;
  }

  get #now(): number {
    return this.#container.schedule.time.now;
  }

  #hold(job: Job): void {
    this.tookAt = this.#now;
    const entry = this.#worker.row?.put(queue, job.id, this.#now, job.starts);
    if (entry !== undefined) this.#worker.row?.restage(entry, "running", this.#now);
    const held: Held = {
      job,
      takenAt: this.#now,
      entry,
      outcome: undefined,
      isStopping: false,
      stopOutcome: undefined,
    };
    this.#held.push(held);
    this.#worker.changed();
    if (job.stalls > 0) this.#worker.send({ kind: "stalledTaken", queue, id: job.id });
    this.#renewEvery(held);
    const { timeLimitMs } = this.#worker.release;
    if (timeLimitMs !== undefined) this.#worker.after(timeLimitMs, () => this.#stop(held, "fail"));
    if (this.#isIsolating) return this.#worker.runners.perform(job, (outcome) => this.#runnerOver(held, outcome));
    if (job.nature === "blocks") this.#worker.process.block(job.durationMs);
    this.#worker.after(job.durationMs, () => this.#end(held));
  }

  #end(held: Held): void {
    if (!this.#held.includes(held) || held.outcome !== undefined) return;
    if (held.job.nature === "poison")
      return void this.#container.machine.kill(this.#worker.process, "SIGSEGV", "poison");
    this.#settle(held, held.job.nature === "fails" ? "failed" : "completed");
  }

  /** What its runner, or the end of its runner, has made of an isolated job. */
  #runnerOver(held: Held, how: RunnerOutcome): void {
    if (!this.#held.includes(held) || held.outcome !== undefined) return;
    const isHandedBack = how === "lost" || (how === "stopped" && held.stopOutcome === "handback");
    if (isHandedBack) this.#settle(held, "handedBack");
    else this.#settle(held, how === "completed" ? "completed" : "failed");
    if (how === "stopped") this.#worker.send({ kind: "jobStopped", queue, id: held.job.id, byItself: false });
  }

  #settle(held: Held, outcome: Outcome): void {
    held.outcome = outcome;
    if (held.entry !== undefined) this.#worker.row?.stage(held.entry, "ending");
    this.#write(held, outcome);
  }

  #write(held: Held, outcome: Outcome): void {
    if (!this.#held.includes(held)) return;
    if (!this.#container.windows.isRedisUp) return this.#worker.after(writeAgainMs, () => this.#write(held, outcome));
    if (outcome === "handedBack") this.#handBack(held.job);
    else if (this.#container.store.finish(held.job, this.#worker.token, outcome)) {
      if (outcome === "completed") this.finished += 1;
      else this.failed += 1;
      this.#worker.row?.counts(this.finished, this.failed);
    }
    this.#release(held);
  }

  #stop(held: Held, outcome: "fail" | "retry" | "handback"): void {
    if (held.isStopping || held.outcome !== undefined || !this.#held.includes(held)) return;
    held.isStopping = true;
    held.stopOutcome = outcome;
    if (this.#isIsolating) return this.#worker.runners.stop(held.job);
    if (held.job.nature === "deaf" || held.job.nature === "blocks") return;
    this.#worker.after(this.#container.schedule.between(1, heedMs), () => {
      if (!this.#held.includes(held) || held.outcome !== undefined) return;
      this.#settle(held, outcome === "handback" ? "handedBack" : "failed");
      this.#worker.send({ kind: "jobStopped", queue, id: held.job.id, byItself: false });
    });
  }

  #handBack(job: Job): void {
    const { windows, store } = this.#container;
    if (!windows.isRedisUp) this.lost.push(job);
    else if (store.handBack(job, this.#worker.token)) this.handedBack.push(job);
  }

  #release(held: Held): void {
    this.#held = this.#held.filter((one) => one !== held);
    if (this.#held.length === 0) this.#isEmptying = false;
    if (held.entry !== undefined) this.#worker.row?.erase(held.entry);
    this.#worker.changed();
    this.#endIfEmpty();
    this.tryTake();
  }

  #endIfEmpty(): void {
    if (this.#held.length > 0 || this.#empty === undefined) return;
    const empty = this.#empty;
    this.#empty = undefined;
    empty();
  }

  #renewEvery(held: Held): void {
    const { settings, windows, store } = this.#container;
    this.#worker.after(settings.lockDurationMs / 2, () => {
      if (!this.#held.includes(held)) return;
      if (windows.isRedisUp && !store.renew(held.job, this.#worker.token)) return this.#release(held);
      this.#renewEvery(held);
    });
  }
}
