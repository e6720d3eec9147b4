import type { InitToWorker } from "../../../src/protocol/messages.ts";
import { type Job, nameOf } from "../machine/job-store.ts";
import type { Container } from "./container.ts";
import type { RunnerModel, RunnerReport } from "./runner-model.ts";
import type { WorkerModel } from "./worker-model.ts";

type RunnerEnded = Extract<InitToWorker, { kind: "runnerEnded" }>;

/** How the job of a runner ends for its worker. lost: by no fault of its own. */
export type RunnerOutcome = "completed" | "failed" | "stopped" | "lost";

interface Work {
  readonly job: Job;
  /** How often a stalled check had found it when this worker took it. */
  readonly stallsBefore: number;
  readonly over: (outcome: RunnerOutcome) => void;
  runner: RunnerModel | undefined;
  hasStarted: boolean;
  isStopping: boolean;
  isOver: boolean;
  /** How many runners have ended before they started it. */
  unstarted: number;
}

/** As in src/worker/runners: runners-wanted.ts, end-judge.ts, demand.ts. */
const waitingAtLeast = 4;
const waitingAtMost = 16;
const unstartedAtMost = 3;
const unreadTimeMs = 2_000;
const exitTimeMs = 2_000;
const idleAfterMs = 30_000;
const restMs = 100;
const deathsAtMost = 2;

/** The runners of a worker whose jobs are isolated, as init sees them: which it wants, which has a job, and which it lets go. */
export class WorkerRunners {
  readonly #container: Container;
  readonly #worker: WorkerModel;
  readonly #runners = new Map<number, RunnerModel>();
  readonly #closed = new Set<number>();
  readonly #gone = new Set<number>();
  readonly #free: RunnerModel[] = [];
  readonly #works: Work[] = [];
  #isLeaving = false;
  #told = "0 false";
  #usedAt = 0;
  #isResting = false;

  constructor(container: Container, worker: WorkerModel) {
    this.#container = container;
    this.#worker = worker;
  }

  get areUsed(): boolean {
    return this.#worker.release.isolates;
  }

  /** The next job starts at once. */
  get areReady(): boolean {
    return !this.areUsed || this.#free.length > 0;
  }

  begin(): void {
    if (!this.areUsed) return;
    this.#usedAt = this.#now;
    this.#update();
    this.#releaseIdle();
  }

  perform(job: Job, over: (outcome: RunnerOutcome) => void): void {
    this.#usedAt = this.#now;
    this.#isResting = false;
    this.#worker.after(restMs, () => this.#rest());
    const fresh = { runner: undefined, hasStarted: false, isStopping: false, isOver: false, unstarted: 0 };
    this.#works.push({ job, stallsBefore: job.stalls, over, ...fresh });
    this.#assign();
    if (this.#isLeaving) this.#handBackWaiting();
    this.#update();
  }

  /** The job has stopTimeoutMs to heed. Then only the end of its runner ends it. */
  stop(job: Job): void {
    const work = this.#works.find((one) => one.job === job);
    if (work === undefined || work.isStopping) return;
    work.isStopping = true;
    if (work.runner === undefined) return this.#end(work, "stopped");
    work.runner.abort();
    this.#worker.after(this.#container.settings.stopTimeoutMs, () => this.kill(job, "job stopped"));
  }

  /** Asks init to end the runner of a job that does not heed its signal. */
  kill(job: Job, why: string): void {
    const runner = this.#works.find((one) => one.job === job)?.runner;
    if (runner !== undefined) this.#kill(runner, why);
  }

  /** The worker takes no more jobs. */
  leave(): void {
    if (this.#isLeaving || !this.areUsed) return;
    this.#isLeaving = true;
    this.#handBackWaiting();
    this.#update();
  }

  /** The worker has ended: the kernel closes its channels, and resets the connections that it has not accepted. */
  workerEnded(): void {
    for (const runner of this.#container.runners.values())
      if (runner.worker === this.#worker && runner.dialledAt < Infinity && !runner.isOver) runner.close();
  }

  runnerEnded({ runner: id, fate }: RunnerEnded): void {
    const runner = this.#runners.get(id);
    if (runner === undefined) return void this.#gone.add(id);
    const work = this.#workOf(runner);
    if (work === undefined) return this.#forget(runner);
    if (this.#closed.has(id)) this.#judge(runner, fate);
    else this.#worker.after(unreadTimeMs, () => this.#judge(runner, fate));
  }

  dialled(runner: RunnerModel): void {
    const id = runner.order.runner;
    if (this.#gone.delete(id)) return runner.close();
    runner.primedAt = this.#now;
    this.#worker.send({ kind: "runnerPrimed", runner: id, pid: runner.process.pid });
    this.#runners.set(id, runner);
    this.#free.push(runner);
    this.#assign();
  }

  stopAsked(runner: RunnerModel): void {
    const work = this.#workOf(runner);
    if (work !== undefined) this.#worker.jobs.stopOne(work.job.id);
  }

  reported(runner: RunnerModel, what: RunnerReport): void {
    const work = this.#workOf(runner);
    if (work === undefined) return;
    if (what === "started") {
      work.hasStarted = true;
      return;
    }
    this.#done(runner);
    this.#end(work, what);
  }

  /** Until init reports its end, it may be alive, and its job must not start elsewhere. */
  closed(runner: RunnerModel): void {
    const id = runner.order.runner;
    this.#closed.add(id);
    this.#take(runner);
    this.#worker.after(exitTimeMs, () => {
      if (this.#runners.has(id)) this.#kill(runner, "it closed its channel and did not exit");
    });
  }

  #judge(runner: RunnerModel, fate: RunnerEnded["fate"]): void {
    const work = this.#workOf(runner);
    if (!this.#runners.has(runner.order.runner)) return;
    this.#forget(runner);
    if (work === undefined) return;
    work.runner = undefined;
    if (!work.hasStarted && !work.isStopping && ++work.unstarted <= unstartedAtMost) {
      this.#assign();
      if (this.#isLeaving) this.#handBackWaiting();
      return this.#update();
    }
    if (work.isStopping) return this.#end(work, "stopped");
    if (fate === "killed") work.job.deaths += 1;
    this.#end(work, fate === "killed" && work.job.deaths <= deathsAtMost ? "lost" : "failed");
  }

  #assign(): void {
    for (const work of this.#works) {
      if (work.runner !== undefined) continue;
      const runner = this.#free.shift();
      if (runner === undefined) return;
      work.runner = runner;
      runner.give(work.job, work.stallsBefore);
      this.#worker.send({ kind: "runnerTaken", runner: runner.order.runner, ...nameOf(work.job) });
    }
  }

  #handBackWaiting(): void {
    for (const work of this.#works.filter(({ runner }) => runner === undefined)) this.#end(work, "lost");
  }

  #end(work: Work, outcome: RunnerOutcome): void {
    if (work.isOver) return;
    work.isOver = true;
    this.#works.splice(this.#works.indexOf(work), 1);
    this.#update();
    work.over(outcome);
  }

  #workOf(runner: RunnerModel): Work | undefined {
    return this.#works.find((one) => one.runner === runner);
  }

  #kill(runner: RunnerModel, why: string): void {
    runner.killsAsked.add(why);
    runner.killAskedAt = Math.min(runner.killAskedAt, this.#now);
    this.#worker.send({ kind: "killRunner", runner: runner.order.runner, why });
  }

  #done(runner: RunnerModel): void {
    runner.doneAt = Math.min(runner.doneAt, this.#now);
    this.#worker.send({ kind: "runnerDone", runner: runner.order.runner });
  }

  #take(runner: RunnerModel): void {
    const at = this.#free.indexOf(runner);
    if (at >= 0) this.#free.splice(at, 1);
  }

  #forget(runner: RunnerModel): void {
    this.#runners.delete(runner.order.runner);
    this.#take(runner);
    runner.close();
  }

  #releaseIdle(): void {
    if (this.#isIdle)
      for (const runner of this.#free.splice(1)) {
        this.#done(runner);
        runner.close();
      }
    this.#update();
    this.#worker.after(idleAfterMs / 2, () => this.#releaseIdle());
  }

  #rest(): void {
    if (this.#isResting || this.#now - this.#usedAt < restMs) return;
    this.#isResting = this.#works.length === 0;
    if (this.#isResting) this.#update();
    else this.#worker.after(restMs, () => this.#rest());
  }

  get #isIdle(): boolean {
    return this.#works.length === 0 && this.#now - this.#usedAt >= idleAfterMs;
  }

  #update(): void {
    if (!this.areUsed) return;
    const places = this.#worker.launch.options.spec.concurrency ?? 1;
    const queued = this.#works.filter(({ runner }) => runner === undefined).length;
    const free = Math.max(waitingAtLeast, Math.min(places - this.#works.length, waitingAtMost));
    const waiting = this.#isLeaving ? 0 : Math.max(this.#isIdle ? 1 : free, queued);
    const isUrgent = queued > 0 || this.#isResting;
    const said = `${waiting} ${isUrgent}`;
    if (said === this.#told) return;
    this.#told = said;
    const { token } = this.#worker;
    this.#worker.send({ kind: "runnersWanted", waiting, isUrgent, socketName: `runners of ${token}`, secret: token });
  }

  get #now(): number {
    return this.#container.schedule.time.now;
  }
}
