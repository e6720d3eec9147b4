import type { Container } from "../models/container.ts";
import { type Check, type LogLine, require } from "./check.ts";
import { killReasons } from "./kill-reasons.ts";

/** What init logs, and gives as a reason, is what has happened. */
export function trueReasons(container: Container): Check {
  const { machine, schedule, windows } = container;
  const { time } = schedule;
  const isExcused = () => windows.wasOpenSince("descriptors", time.now - 5_000);
  const reasons = killReasons(container);
  const pidOf = ({ fields }: LogLine) =>
    (fields["workerPid"] ?? fields["templatePid"] ?? fields["keeperPid"]) as number | undefined;
  return {
    logged(line) {
      const { message, fields } = line;
      const pid = pidOf(line);
      const process = pid === undefined ? undefined : machine.processes.get(pid);
      switch (message) {
        case "caught internal error in supervisor":
          return require(isExcused(), () => `internal error: ${(fields["err"] as Error).stack}`);
        case "failed to perform action":
          return require(isExcused(), () => `failed to perform ${String(fields["action"])}: ${String(fields["err"])}`);
        case "worker exited":
        case "template exited":
        case "keeper exited": {
          if (process === undefined) return;
          const { end } = process;
          const { exitCode, signal, outOfMemory, exitStatus, threadRefusal } = fields;
          if (exitStatus === "unknown")
            return require(end !== undefined || isExcused(), () => `${message}: it has not`);
          const isSame = end !== undefined && ("signal" in end ? end.signal === signal : end.exitCode === exitCode);
          require(isSame, () => `${message} with ${JSON.stringify(fields)}; in truth ${JSON.stringify(end)}`);
          require(threadRefusal === undefined, () => `${message}: ${String(threadRefusal)}`);
          const isOom = outOfMemory !== undefined;
          if (isOom)
            require(process.endedAt - machine.oomKilledAt < 20_000, () => `${message} out of memory; in truth not`);
          return;
        }
        case "sent SIGKILL to worker":
        case "sent SIGKILL to template":
        case "sent SIGKILL to keeper":
        case "replacing stuck worker": {
          const reason = String(fields["reason"]);
          const known = reasons.find(({ pattern }) => pattern.test(reason));
          require(known !== undefined, () => `${message} for a reason that the simulation does not know: ${reason}`);
          if (process === undefined || known === undefined || process.isDead) return;
          require(known.isTrue(process, reason), () => `${message} (pid ${pid}): ${reason}, which is not so`);
          return;
        }
        case "gave up waiting for worker":
        case "gave up waiting for template":
        case "gave up waiting for keeper": {
          const reason = String(fields["reason"]);
          // Only a forked worker's pid comes from another process.
          const isUnknown = (reason.startsWith("could not be started") && message.endsWith("worker")) || isExcused();
          const isStuck = machine.living.some(({ unkillableUntil }) => unkillableUntil > time.now - 1_000);
          return require(isUnknown || isStuck || wasFaulty(container), () => `${message}: ${reason}, which is not so`);
        }
      }
    },
  };
}

/** init has no descriptor left to signal a process with. */
function wasFaulty({ windows, schedule }: Container): boolean {
  return windows.wasOpenSince("descriptors", schedule.time.now - 30_000);
}
