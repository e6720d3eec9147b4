import { lateToken } from "../../../../src/bull/keys/held-locks.ts";
import type { Host } from "../../time/virtual-time.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { type LockState, nameOf, type Run } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";
import { ownerOf } from "./token-owner.ts";

/** Longer than any lock. */
const lockMs = 10_000;
/** After a lock is lost, a worker notices at its next renewal, or in its maintenance. */
const unawareMs = 7_000;
/** A job that ignores its signal is handed back before its process has ended. */
const leavingMs = 12_000;

/** How the token ends that the keeper gives to a job whose dead worker had lost its lock. */
const lateSuffix = lateToken("");

/** The locks of running jobs: why they are lost, and that their workers notice. */
export function locks(world: JobsWorld): JobsCheck {
  const { ledger, server, schedule } = world;
  const { time } = schedule;
  const expiries = new WeakMap<Run, number>();
  const tokenOf = (run: Run) => {
    const lock = server.keys().find(run.lockKey);
    if (lock?.expiresAtMs !== undefined) expiries.set(run, lock.expiresAtMs);
    return lock?.value as string | undefined;
  };
  /** Otherwise its worker has given it up. The same worker may take the job for another run, with the same token. */
  const isLastStart = (run: Run) => server.keys().read(run.jobKey, "hash")?.get("ats") === String(run.starts);
  /** Time passes during a command that blocks. */
  const hasExpired = (run: Run) => server.options.now() >= (expiries.get(run) ?? Infinity);
  const lose = (run: Run, state: LockState, by?: Host) => {
    run.lock = state;
    run.lockLostBy = by;
    run.lockLostAt = time.now;
    if (state === "expired")
      world.note(`the lock of ${nameOf(run.queue, run.id)} expires in worker ${run.process.pid}`);
    if (
      state === "expired" &&
      !run.worker.isDead &&
      world.wasGuarded(run.forker, lockMs + 3_000) &&
      !world.hadRedisTrouble(time.now - 2.5 * lockMs)
    )
      world.violated(`the lock of ${nameOf(run.queue, run.id)} expired, although its worker and the keeper live`);
  };
  world.beforeCommands.push(() => {
    for (const run of ledger.locked) {
      if (run.lock !== "held") continue;
      const token = tokenOf(run);
      if (token !== run.token) lose(run, token === undefined ? "expired" : "taken");
    }
  });
  world.afterCommands.push((by) => {
    for (const run of ledger.locked) {
      const token = tokenOf(run);
      if (token?.endsWith(lateSuffix) && token !== lateToken(ownerOf(run.token)))
        world.violated(
          `the keeper takes ${nameOf(run.queue, run.id)} for a job of a dead worker, and worker ${run.process.pid} runs it`,
        );
      if (run.lock === "held" && token !== run.token)
        lose(run, token !== undefined ? "taken" : hasExpired(run) ? "expired" : "released", by);
      else if (run.lock === "expired" && token === run.token && isLastStart(run)) run.lock = "held";
      else if (run.lock === "expired" && token !== undefined) run.lock = "taken";
      if (run.endedAt < Infinity && run.lock === "released") ledger.locked.delete(run);
    }
  });
  return {
    everySecond() {
      for (const run of ledger.current) {
        const couldNotice =
          run.process.canRun &&
          run.worker.canRun &&
          !world.hadRedisTrouble(time.now - 3_000) &&
          run.forker.machine.init.canRun;
        const isLost = run.lock === "taken" || run.lock === "expired";
        run.unawareMs = isLost && couldNotice ? run.unawareMs + 1_000 : 0;
        if (run.unawareMs > unawareMs && !run.signal.aborted)
          world.violated(
            `worker ${run.process.pid} runs ${nameOf(run.queue, run.id)}, whose lock is ${run.lock}, and its signal is not aborted`,
          );
      }
    },
    atRest() {
      for (const runs of ledger.runs.values()) {
        for (const run of runs) {
          if (
            run.lock !== "released" ||
            run.endedAt <= run.lockLostAt ||
            run.says === "moved" ||
            run.process.stillMs > 0
          )
            continue;
          const endedAt = Math.min(run.endedAt, run.process.endedAt);
          if (endedAt - run.lockLostAt > leavingMs)
            world.violated(`job ${nameOf(run.queue, run.id)} was released while worker ${run.process.pid} ran it`);
        }
      }
    },
  };
}
