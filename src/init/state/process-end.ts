import type { Event, ExitStatus } from "./event.ts";

/** Names one of init's processes. Ids are unique across roles. */
export interface ProcessName {
  readonly role: "template" | "worker" | "runner" | "keeper";
  readonly id: number;
}

interface Mortal {
  readonly pid: number | undefined;
  readonly killedAt: number | undefined;
}

/** The exit event of a process, whether it was reaped, never started, or is given up by init. */
export function exitEvent({ role, id }: ProcessName, status: ExitStatus): Event {
  switch (role) {
    case "template":
      return { kind: "templateExited", template: id, status };
    case "worker":
      return { kind: "workerExited", worker: id, status };
    case "runner":
      return { kind: "runnerExited", runner: id, status };
    case "keeper":
      return { kind: "keeperExited", keeper: id, status };
  }
}

/**
 * The exit status of a process that init cannot reap: its pid never became known, or SIGKILL has not ended it for
 * `unkillableMs`, because it hangs in the kernel. undefined: it can be killed.
 */
export function endWithoutExit(process: Mortal, unkillableMs: number, now: number): ExitStatus | undefined {
  if (process.pid === undefined) return { unknown: true, notStarted: "its pid never became known" };
  const { killedAt } = process;
  return killedAt !== undefined && now >= killedAt + unkillableMs ? { unknown: true, notKilled: true } : undefined;
}
