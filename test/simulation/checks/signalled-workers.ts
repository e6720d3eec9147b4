import type { Container } from "../models/container.ts";
import type { WorkerModel } from "../models/worker-model.ts";
import { type Check, firstOf, require } from "./check.ts";
import { leastRunningMsSince } from "./kill-reasons.ts";

/** init reads the board once a second, and an exit may be under way. */
const slackMs = 4_000;

/** What operators ask of a worker by a signal to its pid happens, even if its event loop is blocked before or after it handles the signal. */
export function obeyedSignals(container: Container): Check {
  const { workers, supervisor, machine, board } = container;
  const { limits, world } = supervisor;
  const endMs = Math.max(limits.stopTimeoutMs, limits.unheededTimeMs) + limits.handBackTimeMs + slackMs;
  const agoMs = (at: number) =>
    Number.isFinite(at) ? leastRunningMsSince(container, at) - machine.init.stillMs : -Infinity;
  /** init sees its row, and can end it. A worker that was halted has the time again. */
  const isInReach = ({ process, welcomedAt, reportedAt, isFaulty }: WorkerModel) =>
    !process.isDead &&
    !process.wasHalted &&
    !isFaulty &&
    welcomedAt < Infinity &&
    reportedAt === Infinity &&
    process.killSentAt === Infinity &&
    world.workers.some(({ pid }) => pid === process.pid);
  const isOverdue = ({ welcomedAt, signals }: WorkerModel) => {
    const at = Math.max(welcomedAt, signals.stoppedAt);
    return agoMs(at) > endMs || agoMs(signals.drainedAt) > limits.reloadDrainTimeoutMs + endMs;
  };
  const keepsJobs = ({ jobs, signals }: WorkerModel) =>
    agoMs(signals.jobsStoppedAt) > endMs && [...jobs.running.values()].some((since) => since < signals.jobsStoppedAt);
  return {
    everySecond() {
      if (board === undefined || !machine.init.canRun) return;
      const late = firstOf(workers.values(), (worker) => isInReach(worker) && isOverdue(worker));
      require(late === undefined, () => `worker ${late?.process.pid} has not ended, although a signal asked it to`);
      const deaf = firstOf(workers.values(), (worker) => isInReach(worker) && keepsJobs(worker));
      require(deaf === undefined, () => `worker ${deaf?.process.pid} runs a job that USR1 should have stopped`);
    },
  };
}
