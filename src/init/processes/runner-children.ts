import type { Event, ExitStatus } from "../state/event.ts";
import type { Runner } from "../state/runner.ts";
import type { RunnerChild } from "./child.ts";
import type { ProcessTable, Signallable } from "./process-table.ts";
import type { Strangers } from "./strangers.ts";

const rememberedAtMost = 1_000;

/** Every runner that init has ordered, by id, until its exit event. */
export class RunnerChildren {
  readonly #push: (event: Event) => void;
  readonly #table: ProcessTable;
  readonly #strangers: Strangers;
  readonly #runners = new Map<number, RunnerChild>();
  /** Runners that init has given up without knowing their pids. A template that hung, or a worker that was stopped, may report them. */
  readonly #givenUp = new Map<number, RunnerChild>();
  /** The pids of runners that were reported while init could not verify them. They are not reported again. */
  readonly #unverified = new Map<number, number>();

  constructor(push: (event: Event) => void, table: ProcessTable, strangers: Strangers) {
    this.#push = push;
    this.#table = table;
    this.#strangers = strangers;
  }

  get all(): RunnerChild[] {
    return [...this.#runners.values()];
  }

  expect(record: Runner): void {
    const { id, worker, uid, template } = record;
    this.#runners.set(id, { id, worker, uid, template, record: { ...record }, process: undefined });
  }

  forget(id: number): void {
    const child = this.#runners.get(id);
    this.#runners.delete(id);
    if (child === undefined || child.process !== undefined) return;
    this.#givenUp.set(id, child);
    const [oldest] = this.#givenUp.keys();
    if (this.#givenUp.size <= rememberedAtMost || oldest === undefined) return;
    this.#givenUp.delete(oldest);
    this.#unverified.delete(oldest);
  }

  processOf(id: number): Signallable | undefined {
    return this.#runners.get(id)?.process;
  }

  has(pid: number): boolean {
    return this.all.some(({ process }) => process?.pid === pid);
  }

  /** Handles a template's report that it has forked a runner. Returns why the report is rejected. */
  forkedBy(template: number, id: number, pid: number, hasPid: (pid: number) => boolean): string | undefined {
    const child = this.#runners.get(id) ?? this.#found(id, (one) => one.template === template);
    if (child === undefined || child.process?.pid === pid) return undefined;
    if (child.template !== template) return "the template was not asked for this runner";
    return this.#launched(child, pid, hasPid);
  }

  #found(id: number, isReportedByItsOwn: (child: RunnerChild) => boolean): RunnerChild | undefined {
    const child = this.#givenUp.get(id);
    if (child === undefined || !isReportedByItsOwn(child)) return undefined;
    this.#givenUp.delete(id);
    this.#runners.set(id, child);
    this.#push({ kind: "runnerFound", runner: id, record: child.record });
    return child;
  }

  /** Handles a worker's report that a runner of its own has reached it: its template may have died before its own report. */
  reached(worker: number, id: number, pid: number, hasPid: (pid: number) => boolean): void {
    const child = this.#runners.get(id) ?? this.#found(id, (one) => one.worker === worker);
    if (child?.worker === worker && child.process === undefined) this.#launched(child, pid, hasPid);
  }

  verifyAgain(hasPid: (pid: number) => boolean): void {
    for (const [id, pid] of this.#unverified) {
      const { uid } = this.#runners.get(id) ?? this.#givenUp.get(id) ?? {};
      // A runner that init has given up and finds without its pid would be given up again.
      if (uid !== undefined && this.#isShort(pid, uid)) continue;
      this.#unverified.delete(id);
      const child = this.#runners.get(id) ?? this.#found(id, () => true);
      if (child !== undefined && child.process === undefined) this.#launched(child, pid, hasPid);
    }
  }

  #isShort(pid: number, uid: number): boolean {
    const known = this.#table.forked(pid, uid);
    return "why" in known && known.mayPass;
  }

  #launched(child: RunnerChild, pid: number, hasPid: (pid: number) => boolean): string | undefined {
    const { id } = child;
    if (child.process !== undefined || hasPid(pid)) return "the pid belongs to another process of forker";
    const status = this.#strangers.take(pid);
    const known = status === undefined ? this.#table.forked(pid, child.uid) : this.#table.ended(pid);
    if ("why" in known) {
      if (known.mayPass) this.#unverified.set(id, pid);
      return known.why;
    }
    this.#unverified.delete(id);
    child.process = known;
    this.#push({ kind: "runnerLaunched", runner: id, pid });
    if (status !== undefined) this.exited(id, status);
    return undefined;
  }

  /** Handles a template's report that it could not fork a runner. False: it was not asked to, or the runner exists. */
  notForkedBy(template: number, id: number): boolean {
    const child = this.#runners.get(id);
    if (child === undefined || child.template !== template || child.process !== undefined) return false;
    this.#unverified.delete(id);
    return this.#runners.delete(id);
  }

  exited(id: number, status: ExitStatus): void {
    this.#runners.delete(id);
    this.#push({ kind: "runnerExited", runner: id, status });
  }

  /** False: no runner has this pid. */
  reaped(pid: number, status: ExitStatus): boolean {
    const runner = this.all.find(({ process }) => process?.pid === pid);
    if (runner !== undefined) this.exited(runner.id, status);
    return runner !== undefined;
  }
}
