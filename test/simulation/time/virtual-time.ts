/** A process, as far as time concerns it. What it should do while it cannot run happens when it can run again. */
export interface Host {
  readonly isDead: boolean;
  /** Neither frozen nor blocked. */
  readonly canRun: boolean;
  /** In the order in which they were due. */
  readonly overdue: Task[];
}

export interface Task {
  at: number;
  /** Between tasks that are due at the same instant. */
  readonly rank: number;
  readonly number: number;
  readonly host: Host;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Timers and immediates of one process keep their order. What comes from other processes may come before or after them. */
export const ownRank = 0.5;

/** The kernel's part of a world that is simulated itself: it always runs. */
export const kernel: Host = { isDead: false, canRun: true, overdue: [] };

/** The only clock of a simulated world. Time passes between tasks, and never during one. */
export class VirtualTime {
  now = 1_000;
  readonly #tasks: Task[] = [];
  #count = 0;
  /** The process whose task runs now, or whose promises are being settled after it. */
  running: Host = kernel;

  after(delayMs: number, host: Host, run: () => void, rank = ownRank): Task {
    const task = { at: this.now + delayMs, rank, number: this.#count++, host, run, isCancelled: false };
    this.#add(task);
    return task;
  }

  /** Called when the host can run again. */
  resume(host: Host): void {
    for (const task of host.overdue.splice(0)) {
      // The task itself: it may still be cancelled by one that runs before it.
      task.at = this.now;
      if (!task.isCancelled) this.#add(task);
    }
  }

  /** Runs the next task that is due before `until`. False: there is none, and `until` has come. */
  step(until: number): boolean {
    for (;;) {
      const next = this.#tasks[0];
      if (next === undefined || next.at > until) {
        this.now = Math.max(this.now, until);
        return false;
      }
      this.#removeFirst();
      if (next.isCancelled || next.host.isDead) continue;
      this.now = Math.max(this.now, next.at);
      if (!next.host.canRun) {
        next.host.overdue.push(next);
        continue;
      }
      this.running = next.host;
      next.run();
      return true;
    }
  }

  #add(task: Task): void {
    const tasks = this.#tasks;
    let index = tasks.push(task) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(task, tasks[parent] as Task)) break;
      tasks[index] = tasks[parent] as Task;
      index = parent;
    }
    tasks[index] = task;
  }

  #removeFirst(): void {
    const tasks = this.#tasks;
    const last = tasks.pop() as Task;
    if (tasks.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= tasks.length) break;
      if (child + 1 < tasks.length && isBefore(tasks[child + 1] as Task, tasks[child] as Task)) child += 1;
      if (!isBefore(tasks[child] as Task, last)) break;
      tasks[index] = tasks[child] as Task;
      index = child;
    }
    tasks[index] = last;
  }
}

function isBefore(one: Task, other: Task): boolean {
  if (one.at !== other.at) return one.at < other.at;
  return one.rank === other.rank ? one.number < other.number : one.rank < other.rank;
}
