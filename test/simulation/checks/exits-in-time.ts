import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

const slackMs = 3_000;

/** From any state, TERM ends init within its bound, and so does QUIT, however many processes fail to obey. */
export function exitsInTime({ supervisor, schedule, machine, drainWaiters }: Container): Check {
  const { limits, world } = supervisor;
  const { time } = schedule;
  const stopMs =
    Math.max(limits.stopTimeoutMs + limits.handBackTimeMs, limits.exitTimeMs + limits.forkTimeMs) +
    limits.unkillableMs +
    2 * limits.killAgainMs +
    limits.lockDurationMs +
    limits.waiterEndMs +
    slackMs;
  const boundsMs = { draining: limits.drainTimeoutMs + stopMs, stopping: stopMs };
  let phase: string = world.phase;
  let deadline = Infinity;
  let frozenMs = 0;
  return {
    turned() {
      if (world.phase === phase) return;
      phase = world.phase;
      frozenMs = machine.init.stillMs;
      if (phase === "draining" || phase === "stopping") deadline = Math.min(deadline, time.now + boundsMs[phase]);
    },
    exited() {
      const forgotten = drainWaiters.filter((one) => one.hasJoined && !one.hasReport && !one.hasLeft);
      require(forgotten.length === 0, () =>
        `init exits before ${forgotten.length} subcommands that wait for the drain have their last report`);
    },
    everySecond() {
      const late = time.now - deadline - (machine.init.stillMs - frozenMs);
      require(late <= 0, () => `init was ${phase} and has not exited, ${Math.round(late)} ms after its bound`);
    },
  };
}
