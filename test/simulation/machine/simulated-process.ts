import type { Ended } from "../../../src/reaping/reaper.ts";
import type { Host, Task, VirtualTime } from "../time/virtual-time.ts";

export type Role = "init" | "template" | "worker" | "runner" | "keeper";

/** What a process does. Its tasks wait while it cannot run. */
export interface Program {
  /** A signal that does not end the process, when its event loop handles it. */
  signalled(signal: NodeJS.Signals): void;
  /** The same signal when the kernel delivers it: native handlers run even if the event loop is blocked. */
  recorded?(signal: NodeJS.Signals): void;
  /** Called right before it no longer runs for a while: what it does periodically is done. */
  halts?(): void;
  /** The kernel has ended the process. */
  ended(): void;
}

/** A process as the kernel sees it. */
export class SimulatedProcess implements Host {
  readonly pid: number;
  readonly role: Role;
  readonly startedAt: number;
  /** libuv started it, and libuv alone reaps it. */
  readonly isLibuvs: boolean;
  readonly overdue: Task[] = [];
  readonly #time: VirtualTime;
  program: Program | undefined;
  end: Ended | undefined;
  endedAt = Infinity;
  /** Who ended it, for the checks: a fault, or init. */
  endedBy = "itself";
  isReaped = false;
  isStopped = false;
  stoppedAt = Infinity;
  /** A signal has stopped it, or the kernel has frozen it, at any time. */
  wasHalted = false;
  #blockedUntil = -Infinity;
  #frozenUntil = -Infinity;
  /** Since when it has not been able to run. */
  stillSince = Infinity;
  /** How long all its stops, freezes and blocks together have lasted, for bounds that exclude them. */
  #stillMs = 0;
  /** The last of them that has ended. */
  #lastStill = { since: -Infinity, until: -Infinity };
  unkillableUntil = -Infinity;
  /** When init first tried to send it SIGKILL. */
  killSentAt = Infinity;
  /** When init last failed to send it SIGKILL. */
  killRefusedAt = -Infinity;
  readonly pendingSignals: NodeJS.Signals[] = [];

  constructor(time: VirtualTime, pid: number, role: Role, isLibuvs: boolean) {
    this.#time = time;
    this.pid = pid;
    this.role = role;
    this.isLibuvs = isLibuvs;
    this.startedAt = time.now;
  }

  get isDead(): boolean {
    return this.end !== undefined;
  }

  get canRun(): boolean {
    return !this.isStopped && !this.isFrozen && !this.isBlocked;
  }

  get isBlocked(): boolean {
    return this.#time.now < this.#blockedUntil;
  }

  get isFrozen(): boolean {
    return this.#time.now < this.#frozenUntil;
  }

  /** Its event loop does not turn for this long. */
  block(forMs: number): void {
    this.#halts();
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#time.now + forMs);
    this.#stands(forMs);
  }

  /** The kernel does not run it for this long. */
  freeze(forMs: number): void {
    this.#halts();
    this.wasHalted = true;
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#time.now + forMs);
    this.#stands(forMs);
  }

  stop(): void {
    if (this.isStopped) return;
    this.#halts();
    this.isStopped = true;
    this.wasHalted = true;
    this.stoppedAt = this.#time.now;
    this.stillSince = Math.min(this.stillSince, this.#time.now);
  }

  continue(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.stoppedAt = Infinity;
    this.runsAgain();
  }

  /** For how long it has not been able to run. */
  get stillMs(): number {
    return this.#stillMs + Math.max(0, this.#time.now - this.stillSince);
  }

  /** Since when it has not been able to run; or when it last was not, if that ended less than this long ago. */
  recentStill(slackMs: number): { readonly since: number; readonly until: number } | undefined {
    const { now } = this.#time;
    if (this.stillSince !== Infinity) return { since: this.stillSince, until: now };
    return this.lastStill(slackMs);
  }

  /** When it last was not able to run and then was, if that ended less than this long ago. */
  lastStill(slackMs: number): { readonly since: number; readonly until: number } | undefined {
    return this.#lastStill.until >= this.#time.now - slackMs ? this.#lastStill : undefined;
  }

  /** How long that was. What it has not read yet is so much older. */
  recentStillMs(slackMs: number): number {
    const { since, until } = this.recentStill(slackMs) ?? { since: 0, until: 0 };
    return until - since;
  }

  runsAgain(): void {
    if (!this.canRun || this.isDead) return;
    if (this.stillSince !== Infinity) {
      this.#stillMs += this.#time.now - this.stillSince;
      this.#lastStill = { since: this.stillSince, until: this.#time.now };
    }
    this.stillSince = Infinity;
    this.#time.resume(this);
  }

  #halts(): void {
    if (this.canRun && !this.isDead) this.program?.halts?.();
  }

  #stands(forMs: number): void {
    this.stillSince = Math.min(this.stillSince, this.#time.now);
    this.#time.after(forMs, { isDead: false, canRun: true, overdue: [] }, () => this.runsAgain());
  }
}
