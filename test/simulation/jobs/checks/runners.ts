import { RunnerProgram } from "../forker/runner-program.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** init ends a runner at once whose worker has ended. */
const orphanMs = 3_000;
/** init gives a runner 6 s to exit that has reported the end of its job. */
const exitMs = 9_000;

/** A runner runs one job, and outlives neither it nor its worker. */
export function runners(world: JobsWorld): JobsCheck {
  const { ledger, schedule } = world;
  ledger.beginListeners.push(({ process, queue, id }) => {
    if (process.role !== "runner") return;
    const other = [...ledger.runs.values()].flat().find((one) => one.process === process && one.id !== id);
    if (other !== undefined)
      world.violated(`runner ${process.pid} runs ${nameOf(queue, id)} after ${nameOf(other.queue, other.id)}`);
  });
  return {
    everySecond() {
      const { now } = schedule.time;
      for (const forker of world.forkers) {
        if (forker.isOver || !world.wasGuarded(forker, exitMs)) continue;
        for (const { program, pid } of forker.living)
          if (program instanceof RunnerProgram && now - (program.worker?.endedAt ?? Infinity) > orphanMs)
            world.violated(`runner ${pid} outlives its worker ${program.worker?.pid}`);
      }
      for (const runs of ledger.runs.values()) {
        const run = runs.at(-1);
        if (run === undefined || run.process.role !== "runner" || run.process.isDead || run.endedAt === Infinity)
          continue;
        if (now - run.endedAt > exitMs && run.worker.stillMs === 0 && world.wasGuarded(run.forker, exitMs))
          world.violated(`runner ${run.process.pid} outlives its job ${nameOf(run.queue, run.id)}`);
      }
    },
  };
}
