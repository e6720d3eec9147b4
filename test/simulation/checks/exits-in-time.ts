import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container, DrainWaiter } from "../models/container.ts";
import type { WorkerModel } from "../models/worker-model.ts";
import { type Check, firstOf, require, Violation } from "./check.ts";
import { leastRunningMsSince } from "./kill-reasons.ts";

const slackMs = 3_000;

/** From any state, TERM ends init within its bound, and so does QUIT, however many processes fail to obey. */
export function exitsInTime(container: Container): Check {
  const { supervisor, schedule, machine, drainWaiters, workers } = container;
  const { limits, world } = supervisor;
  const { time } = schedule;
  const stopMs =
    Math.max(limits.stopTimeoutMs + limits.handBackTimeMs, limits.exitTimeMs + limits.forkTimeMs) +
    limits.unkillableMs +
    2 * limits.killAgainMs +
    limits.lockDurationMs +
    limits.lateWaitersMs +
    limits.withdrawTimeMs +
    slackMs;
  const boundsMs = { draining: limits.drainTimeoutMs + stopMs, stopping: stopMs };
  let phase: string = world.phase;
  let deadline = Infinity;
  let frozenMs = 0;
  let drainsSince = Infinity;
  /** When init made the last report, without the time for which it could not run. */
  let reportedRunningAt = Infinity;
  /** When each worker was ordered to stop. */
  const stopped = new Map<SimulatedProcess, number>();
  const stopBoundMs = limits.stopTimeoutMs + limits.handBackTimeMs + limits.exitTimeMs + slackMs;
  const drainsForTooLong = ({ process, reportedAt }: WorkerModel) => {
    if (process.isDead || reportedAt < Infinity || process.killSentAt < Infinity || stopped.has(process)) return false;
    if (!world.workers.some(({ pid }) => pid === process.pid)) return false;
    return time.now - drainsSince - (machine.init.stillMs - frozenMs) > limits.drainTimeoutMs + slackMs;
  };
  return {
    logged({ message, fields }) {
      if (message === "reported end of drain") reportedRunningAt = time.now - machine.init.stillMs;
      const isStop = message === "sent order to worker" && fields["order"] === "stop";
      const isReplacement = message === "replacing stuck worker" && fields["how"] === "stop";
      const process = machine.processes.get(Number(fields["workerPid"]));
      if ((isStop || isReplacement) && process !== undefined) stopped.set(process, time.now);
    },
    turned() {
      if (world.phase === phase) return;
      phase = world.phase;
      frozenMs = machine.init.stillMs;
      if (phase === "draining") drainsSince = time.now;
      if (phase === "draining" || phase === "stopping") deadline = Math.min(deadline, time.now + boundsMs[phase]);
    },
    exited() {
      // Subcommands that join one after the other do not keep init from exiting.
      const isTooLate = ({ joinedRunningAt }: DrainWaiter) => joinedRunningAt > reportedRunningAt + limits.waiterEndMs;
      const forgotten = drainWaiters.filter(
        (one) => one.hasJoined && !one.hasReport && !one.hasLeft && !isTooLate(one),
      );
      require(forgotten.length === 0, () =>
        `init exits before ${forgotten.length} subcommands that wait for the drain have their last report`);
    },
    everySecond() {
      const late = time.now - deadline - (machine.init.stillMs - frozenMs);
      for (const [process, at] of stopped) {
        if (process.isDead || process.killSentAt < Infinity) stopped.delete(process);
        else if (leastRunningMsSince(container, at) - machine.init.stillMs > stopBoundMs)
          throw new Violation(
            `worker ${process.pid} was ordered to stop ${Math.round(time.now - at)} ms ago, and was not killed`,
          );
      }
      const drained = phase === "draining" ? firstOf(workers.values(), drainsForTooLong) : undefined;
      require(drained === undefined, () =>
        `worker ${drained?.process.pid} drains for longer than FORKER_DRAIN_TIMEOUT, and was not ordered to stop`);
      require(late <= 0, () => `init was ${phase} and has not exited, ${Math.round(late)} ms after its bound`);
    },
  };
}
