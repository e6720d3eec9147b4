import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";
import { numberIn, slackMs } from "./kill-reasons.ts";

const endsOfWorkers: ReadonlySet<string> = new Set([
  "worker exited",
  "worker did not start",
  "failed to fork worker",
  "gave up waiting for worker",
]);
const handBacksGivenUp: ReadonlySet<string> = new Set([
  "gave up handing back jobs of a dead worker; they run again when BullMQ's stalled check finds them",
  "gave up looking for jobs of a dead worker that is not known to hold any",
]);

/** init abandons a reload only if its first worker has failed so often, and a hand-back only if something kept the keeper from it. */
export function abandonsRightly(container: Container): Check {
  const { machine, schedule, settings, supervisor, windows } = container;
  const { time } = schedule;
  /** How many workers of each generation have ended. Those that never got a pid count for all. */
  const ended = new Map<unknown, number>();
  let reloading: unknown;
  let isHurried = false;
  /** When init gave up each process. */
  const givenUp = new Map<unknown, number>();
  const isOverdue = (since: number) => isHurried || time.now - since >= settings.lockDurationMs - slackMs;
  /** Something has kept init or its keeper from handing back jobs since then. */
  const wasHindered = (since: number) =>
    (["redis", "spawn", "descriptors"] as const).some((name) => windows.wasOpenSince(name, since)) ||
    machine.init.stillMs > 0 ||
    [...machine.processes.values()].some(
      ({ role, pid, endedAt, stillMs }) =>
        role === "keeper" && (endedAt > since || stillMs > 0 || container.keepers.get(pid)?.isFaulty !== false),
    );
  return {
    logged({ message, fields }) {
      if (message === "reloading application") reloading = fields["generation"];
      if (message === "received order") isHurried ||= fields["order"] === "killNow";
      if (message === "gave up waiting for worker") givenUp.set(fields["workerPid"], time.now);
      if (endsOfWorkers.has(message)) {
        const generation = fields["generation"];
        ended.set(generation, (ended.get(generation) ?? 0) + 1);
      }
      if (message === "abandoned reload; the current generation stays") {
        const claimed = numberIn(String(fields["reason"]), /failed to start (\d+) times/);
        const failed = (ended.get(reloading) ?? 0) + (ended.get(undefined) ?? 0);
        const isEnough = claimed >= supervisor.limits.candidateFailures;
        require(isEnough && failed >= claimed, () =>
          `${message}: ${String(fields["reason"])}; in truth, ${failed} workers have ended`);
      }
      if (!handBacksGivenUp.has(message)) return;
      const process = machine.processes.get(Number(fields["workerPid"]));
      const isEnded = process === undefined || process.isDead || givenUp.has(process.pid);
      require(isEnded, () => `${message} (pid ${process?.pid}), which lives`);
      const endedAt = process?.isDead === true ? process.endedAt : Infinity;
      const counted = Math.min(endedAt, givenUp.get(process?.pid) ?? Infinity);
      const since = counted === Infinity ? -Infinity : counted;
      require(isOverdue(since), () => `${message} (pid ${process?.pid}) ${time.now - since} ms after its end`);
      require(wasHindered(since), () => `${message} (pid ${process?.pid}), which nothing kept the keeper from`);
    },
  };
}
