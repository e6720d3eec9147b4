import type { RunnerOrder } from "../../../src/protocol/messages.ts";
import type { Job } from "../machine/job-store.ts";
import type { Program, SimulatedProcess } from "../machine/simulated-process.ts";
import type { Host } from "../time/virtual-time.ts";
import type { Container } from "./container.ts";
import type { WorkerModel } from "./worker-model.ts";

/** What a runner reports of its job. stopped: the job heeded its signal. */
export type RunnerReport = "started" | "completed" | "failed" | "stopped";

/** A job that heeds its signal ends within this time. */
const heedMs = 150;

/** A runner: it dials its worker, runs one job, and exits. Its only channel is that to its worker. */
export class RunnerModel implements Program {
  readonly process: SimulatedProcess;
  readonly order: RunnerOrder;
  readonly worker: WorkerModel;
  readonly #container: Container;
  readonly #toWorker: Direction;
  readonly #toRunner: Direction;
  job: Job | undefined;
  /** How often a stalled check had found the job when its worker took it. A stopped runner reads later that it has the job. */
  stallsBefore = 0;
  /** When it reached its worker. Infinity: it has not. */
  dialledAt = Infinity;
  /** When its worker told init that it waits for a job. */
  primedAt = Infinity;
  /** When its worker told init that it is done, or no longer needed. */
  doneAt = Infinity;
  /** Why its worker has asked init to kill it, and when first. */
  readonly killsAsked = new Set<string>();
  killAskedAt = Infinity;
  /** It has reported the end of its job, or leaves without. */
  isOver = false;

  constructor(container: Container, process: SimulatedProcess, order: RunnerOrder, worker: WorkerModel) {
    this.#container = container;
    this.process = process;
    this.order = order;
    this.worker = worker;
    this.#toWorker = new Direction(container, worker.process);
    this.#toRunner = new Direction(container, process);
    const slowness = container.windows.isOpen("slow") ? 20 : 1;
    this.#after(container.schedule.between(1, 10) + worker.release.startMs * slowness, () => this.#dial());
  }

  /** USR1 to a runner stops its job, as one to its worker does. */
  signalled(signal: NodeJS.Signals): void {
    if (signal === "SIGUSR1" && this.job !== undefined) this.#toWorker.send(() => this.worker.runners.stopAsked(this));
  }

  ended(): void {
    this.#toWorker.send(() => this.worker.runners.closed(this));
  }

  /** The worker gives it a job. */
  give(job: Job, stallsBefore: number): void {
    this.stallsBefore = stallsBefore;
    this.#toRunner.send(() => this.#run(job));
  }

  abort(): void {
    this.#toRunner.send(() => {
      const { job } = this;
      if (job === undefined || job.nature === "deaf" || job.nature === "blocks") return;
      this.#after(this.#container.schedule.between(1, heedMs), () => this.#end("stopped"));
    });
  }

  /** The worker closes the channel, or has ended. */
  close(): void {
    this.#toRunner.send(() => this.#leave());
  }

  #dial(): void {
    if (this.worker.process.isDead) return this.#leave();
    this.dialledAt = this.#container.schedule.time.now;
    this.#toWorker.send(() => this.worker.runners.dialled(this));
  }

  #run(job: Job): void {
    this.job = job;
    this.#report("started");
    if (job.nature === "blocks") this.process.block(job.durationMs);
    this.#after(job.durationMs, () => {
      if (job.nature === "poison") this.#container.machine.kill(this.process, "SIGSEGV", "poison");
      else this.#end(job.nature === "fails" ? "failed" : "completed");
    });
  }

  #end(how: RunnerReport): void {
    if (this.isOver) return;
    this.#report(how);
    this.#leave();
  }

  #report(how: RunnerReport): void {
    this.#toWorker.send(() => this.worker.runners.reported(this, how));
  }

  #leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#container.windows.isOpen("exitHangs") && this.dialledAt < Infinity) return;
    this.#after(this.worker.release.teardownMs, () =>
      this.#container.machine.processEnded(this.process, { exitCode: 0 }, "itself"),
    );
  }

  #after(ms: number, run: () => void): void {
    this.#container.schedule.time.after(ms, this.process, run);
  }
}

/** One direction of the channel: what is sent arrives in its order, also after the death of the sender. */
class Direction {
  readonly #container: Container;
  readonly #to: Host;
  #arrivesAt = 0;

  constructor(container: Container, to: Host) {
    this.#container = container;
    this.#to = to;
  }

  send(arrive: () => void): void {
    const { time, delayMs } = this.#container.schedule;
    this.#arrivesAt = Math.max(this.#arrivesAt, time.now + delayMs());
    time.after(this.#arrivesAt - time.now, this.#to, arrive);
  }
}
