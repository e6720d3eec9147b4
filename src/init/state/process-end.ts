import type { Event, ExitStatus } from "./event.ts";

/** One of our processes. No two of them have the same id, whatever their roles. */
export interface ProcessName {
  readonly role: "template" | "worker" | "keeper";
  readonly id: number;
}

interface Mortal {
  readonly pid: number | undefined;
  readonly killedAt: number | undefined;
}

/** The one event in which every process ends: one that was reaped, one that never started, and one that init gives up. */
export function exitEvent({ role, id }: ProcessName, status: ExitStatus): Event {
  switch (role) {
    case "template":
      return { kind: "templateExited", template: id, status };
    case "worker":
      return { kind: "workerExited", worker: id, status };
    case "keeper":
      return { kind: "keeperExited", keeper: id, status };
  }
}

/**
 * How a process ends whose end nobody can wait for: it never showed a pid, or SIGKILL has not ended it for so long, because
 * it hangs in the kernel. undefined: it can be killed.
 */
export function endWithoutExit(process: Mortal, unkillableMs: number, now: number): ExitStatus | undefined {
  if (process.pid === undefined) return { unknown: true, notStarted: "it gave no sign of life" };
  const { killedAt } = process;
  return killedAt !== undefined && now >= killedAt + unkillableMs ? { unknown: true, notKilled: true } : undefined;
}
