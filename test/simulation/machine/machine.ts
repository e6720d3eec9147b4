import { EventEmitter } from "node:events";
import type { Rejection } from "../../../src/init/processes/known-process.ts";
import type { ProcessTable, Signallable } from "../../../src/init/processes/process-table.ts";
import type { StartedProcess } from "../../../src/init/processes/spawn-own.ts";
import type { LaunchConfig } from "../../../src/protocol/launch-config.ts";
import type { Reaped } from "../../../src/reaping/reaper.ts";
import { kernel } from "../time/virtual-time.ts";
import type { Schedule } from "./schedule.ts";
import { type Role, SimulatedProcess } from "./simulated-process.ts";
import type { Windows } from "./windows.ts";

export interface MachineParts {
  readonly schedule: Schedule;
  readonly windows: Windows;
  /** Gives a process its program. */
  readonly execute: (process: SimulatedProcess, launch: LaunchConfig) => void;
  /** SIGCHLD has arrived. */
  readonly childEnded: () => void;
}

/** The user of all processes. */
export const user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

const everyoneDiesWithin = 2;
/** init measures a freeze from the time when it should have turned next. */
export const freezeNoticedLateByMs = 1_000;

/** The kernel of a simulated container: its processes, their ends, and what it refuses. */
export class Machine implements ProcessTable {
  readonly init: SimulatedProcess;
  readonly processes = new Map<number, SimulatedProcess>();
  readonly #living = new Set<SimulatedProcess>();
  /** What init has to reap, or will. */
  readonly #unreaped = new Set<SimulatedProcess>();
  readonly #parts: MachineParts;
  #nextPid = 2;
  /** When all processes were frozen together, and for how long. */
  readonly freezes: { readonly at: number; readonly forMs: number }[] = [];
  oomKills = 0;
  oomKilledAt = -Infinity;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.init = new SimulatedProcess(parts.schedule.time, 1, "init", false);
  }

  /** How long all processes have been frozen together since then, as far as init notices. Freezes may overlap. */
  frozenMsSince(since: number, noticedAfterMs: number): number {
    let frozenMs = 0;
    let one = { from: since, until: since };
    const finish = () => {
      if (one.until - one.from > noticedAfterMs) frozenMs += one.until - one.from - freezeNoticedLateByMs;
    };
    for (const { at, forMs } of this.freezes) {
      const until = Math.min(at + forMs, this.#parts.schedule.time.now);
      if (until <= since) continue;
      if (at <= one.until) one.until = Math.max(one.until, until);
      else {
        finish();
        one = { from: Math.max(at, since), until };
      }
    }
    finish();
    return frozenMs;
  }

  get living(): SimulatedProcess[] {
    return [...this.#living];
  }

  /** fork and exec by init. */
  start(role: LaunchConfig["role"]): StartedProcess {
    const { windows, schedule } = this.#parts;
    const emitter = new EventEmitter();
    const on = (event: string, listener: (...values: never[]) => void) =>
      emitter.on(event, listener as (...values: unknown[]) => void);
    const refusal = windows.spawnRefusal;
    if (refusal !== undefined) {
      const cause = Object.assign(new Error(`spawn ${refusal.errno}`), { code: refusal.errno });
      if (refusal.throws) throw cause;
      // Node emits it in the next tick.
      schedule.time.after(0, this.init, () => emitter.emit("error", cause));
      return { pid: undefined, on, launch: () => undefined };
    }
    const process = this.add(role, true);
    const launch = (config: LaunchConfig) =>
      schedule.time.after(schedule.between(30, 120), process, () => this.#parts.execute(process, config));
    this.#onEnd.set(process, () =>
      schedule.time.after(
        0,
        this.init,
        () => {
          this.#reaped(process);
          const { end } = process;
          if (end === undefined) return;
          if ("signal" in end) emitter.emit("exit", null, end.signal);
          else emitter.emit("exit", end.exitCode, null);
        },
        schedule.rank(),
      ),
    );
    return { pid: process.pid, on, launch: (config) => void launch(config) };
  }

  readonly #onEnd = new Map<SimulatedProcess, () => void>();

  /** A child of init: init spawned it, or a template forked it, and the intermediate process has ended. */
  add(role: Role, isLibuvs: boolean): SimulatedProcess {
    const process = new SimulatedProcess(this.#parts.schedule.time, this.#nextPid++, role, isLibuvs);
    this.processes.set(process.pid, process);
    this.#living.add(process);
    this.#unreaped.add(process);
    return process;
  }

  /** kill(2). False: ESRCH, or a zombie. */
  kill(process: SimulatedProcess, signal: NodeJS.Signals, by: string): boolean {
    if (process.isDead) return false;
    const { time } = this.#parts.schedule;
    if (signal === "SIGSTOP") process.stop();
    else if (signal === "SIGKILL" || signal === "SIGSEGV") {
      // SIGSEGV waits for a stopped process to run again, SIGKILL does not.
      const end = () => {
        if (signal === "SIGKILL" || !process.isStopped) this.processEnded(process, { signal }, by);
      };
      const delayMs =
        Math.max(0, process.unkillableUntil - time.now) + this.#parts.schedule.between(0, everyoneDiesWithin);
      // A process that hangs in the kernel dies before it runs again.
      if (signal === "SIGKILL" && process.unkillableUntil > time.now) process.freeze(delayMs + 1);
      time.after(delayMs, kernel, end);
    } else {
      if (!process.isStopped || signal === "SIGCONT") process.program?.recorded?.(signal);
      if (signal === "SIGCONT") process.continue();
      time.after(0, process, () => process.program?.signalled(signal), this.#parts.schedule.rank());
    }
    return true;
  }

  oomKill(process: SimulatedProcess): void {
    this.oomKills += 1;
    this.oomKilledAt = this.#parts.schedule.time.now;
    this.kill(process, "SIGKILL", "oom");
  }

  processEnded(process: SimulatedProcess, end: NonNullable<SimulatedProcess["end"]>, by: string): void {
    if (process.isDead) return;
    const { time, rank } = this.#parts.schedule;
    process.end = end;
    process.endedAt = time.now;
    process.endedBy = by;
    this.#living.delete(process);
    process.program?.ended();
    this.#onEnd.get(process)?.();
    time.after(0, this.init, () => this.#parts.childEnded(), rank());
  }

  /** Reaps what libuv did not start. */
  reap(ownedByLibuv: (pid: number) => boolean): Reaped[] {
    if (this.#parts.windows.areDescriptorsExhausted) throw emfile("open '/proc/self/task'");
    return this.#reapAll([...this.#unreaped], ownedByLibuv);
  }

  reapThese(pids: readonly number[], ownedByLibuv: (pid: number) => boolean): Reaped[] {
    return this.#reapAll(
      pids.flatMap((pid) => this.processes.get(pid) ?? []),
      ownedByLibuv,
    );
  }

  #reapAll(processes: readonly SimulatedProcess[], ownedByLibuv: (pid: number) => boolean): Reaped[] {
    return processes.flatMap((process) => {
      const { pid, end, isReaped } = process;
      if (end === undefined || isReaped || ownedByLibuv(pid)) return [];
      this.#reaped(process);
      return [{ pid, ...end }];
    });
  }

  #reaped(process: SimulatedProcess): void {
    process.isReaped = true;
    this.#unreaped.delete(process);
  }

  spawned(pid: number): Signallable {
    return this.#signallable(pid);
  }

  ended(pid: number): Signallable {
    return { pid, signal: () => false };
  }

  forked(pid: number): Signallable | Rejection {
    const process = this.processes.get(pid);
    const call = `open '/proc/${pid}/stat'`;
    if (process === undefined || process.isReaped) return { why: "the process does not exist", mayPass: false };
    if (this.#parts.windows.areDescriptorsExhausted)
      return { why: `init cannot verify it: ${emfile(call).message}`, mayPass: true };
    return this.#signallable(pid);
  }

  userOf(pid: number): typeof user | undefined {
    if (this.#parts.windows.areDescriptorsExhausted) throw emfile(`open '/proc/${pid}/status'`);
    return user;
  }

  isStoppedBySignal(pid: number): boolean {
    const process = this.processes.get(pid);
    return process !== undefined && !process.isDead && process.isStopped;
  }

  #signallable(pid: number): Signallable {
    return {
      pid,
      signal: (name) => {
        const process = this.processes.get(pid);
        if (process === undefined || process.isReaped) return false;
        if (name === "SIGKILL") process.killSentAt = Math.min(process.killSentAt, this.#parts.schedule.time.now);
        if (this.#parts.windows.isKillRefused) {
          if (name === "SIGKILL") process.killRefusedAt = this.#parts.schedule.time.now;
          throw Object.assign(new Error("kill EPERM"), { code: "EPERM" });
        }
        if (!process.isDead) this.kill(process, name, "init");
        return true;
      },
    };
  }
}

function emfile(call: string): Error {
  return Object.assign(new Error(`EMFILE: too many open files, ${call}`), { code: "EMFILE" });
}
