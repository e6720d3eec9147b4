import type { Event, ExitStatus } from "./event.ts";
import type { ProcessName } from "./process-name.ts";

interface Mortal {
  readonly pid: number | undefined;
  readonly killedAt: number | undefined;
  readonly killFailure: string | undefined;
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

/** Why init sends SIGKILL again. undefined: it could send the latest, or has not sent one. */
export function notKilledFor({ killFailure }: Pick<Mortal, "killFailure">): string | undefined {
  return killFailure === undefined ? undefined : `the SIGKILL before could not be sent: ${killFailure}`;
}

/**
 * The exit status of a process that init cannot reap: its pid never became known, or SIGKILL has not ended it for
 * `unkillableMs`, because it hangs in the kernel or init may not send it. undefined: it can be killed.
 */
export function endWithoutExit(process: Mortal, unkillableMs: number, now: number): ExitStatus | undefined {
  if (process.pid === undefined) return { unknown: true, notStarted: "its pid never became known" };
  const { killedAt, killFailure } = process;
  if (killedAt === undefined || now < killedAt + unkillableMs) return undefined;
  return { unknown: true, notKilled: killFailure ?? true };
}
