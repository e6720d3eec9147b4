import { readiness } from "../../../src/admin/health.ts";
import { healthSnapshot } from "../../../src/init/report/health-snapshot.ts";
import { wantedSlots } from "../../../src/init/state/wanted-slots.ts";
import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

/** init notices a stopped worker after standsStillMs of src/init/processes/read-board.ts, and reads the board once a second. */
const noticedWithinMs = 10_000;
const probe = { headers: {}, readBody: () => Promise.resolve("") };

/** Ready means that a job that is added now would start; live, that no new container is needed. */
export function truthfulHealth({ supervisor, schedule, machine, workers, windows, board }: Container): Check {
  const { world, limits, loop } = supervisor;
  const { responder } = supervisor;
  const { time } = schedule;
  /** What /livez answered last, unless that was 200. */
  let dead: string | undefined;
  /** Arrives while init may be frozen. */
  const requestLiveness = () =>
    time.after(0, machine.init, () => {
      void responder("/livez", probe).then((answer) => {
        dead = answer === undefined || "begin" in answer || answer.status === 200 ? undefined : answer.body;
      });
    });
  let differsSince: number | undefined;
  let liesSince: number | undefined;
  const livingOf = (slot: number) =>
    world.workers
      .filter((one) => one.slot === slot)
      .flatMap(({ pid }) => (pid === undefined ? [] : (workers.get(pid) ?? [])))
      // init waits for the end of one that it has failed to kill.
      .filter(({ process }) => !process.isDead && process.killRefusedAt === -Infinity);
  return {
    everySecond() {
      if (!machine.init.canRun) {
        requestLiveness();
        differsSince = liesSince = undefined;
        return;
      }
      const snapshot = healthSnapshot(world, limits, loop.turnedAt, time.now);
      const ready = readiness(snapshot).ok;
      const slots = wantedSlots(world).map(livingOf);
      const isSeen = ({ isStopped }: { isStopped: boolean }) => board !== undefined && isStopped;
      const couldTake = slots.every((here) =>
        here.some(
          ({ mode, hasTaken, process }) => (mode === "taking" || (mode === "draining" && hasTaken)) && !isSeen(process),
        ),
      );
      const wouldTake =
        slots.length > 0 &&
        windows.isRedisUp &&
        slots.every((here) =>
          here.some((one) => one.isReallyTaking && !one.isFaulty && one.jobs.count === 0 && one.runners.areReady),
        );
      differsSince = ready && !couldTake ? (differsSince ?? time.now) : undefined;
      const lied = time.now - (differsSince ?? time.now);
      require(lied < noticedWithinMs, () => `/readyz has said 200 for ${lied} ms although a slot takes no jobs`);
      liesSince = !ready && wouldTake && world.phase === "running" ? (liesSince ?? time.now) : undefined;
      const denied = time.now - (liesSince ?? time.now);
      const why = () => readiness(snapshot).reason;
      require(denied < noticedWithinMs, () =>
        `/readyz has said 503 for ${denied} ms although every slot is idle: ${why()}`);
      requestLiveness();
      // The answer is from a moment ago: the process may have ended since.
      if (dead === undefined) return;
      const lately = [...machine.processes.values()].filter(({ endedAt }) => endedAt > time.now - noticedWithinMs);
      const isStuckInKernel = lately.some(({ unkillableUntil }) => time.now < unkillableUntil + noticedWithinMs);
      const isKillRefused = lately.some(({ killRefusedAt }) => killRefusedAt > -Infinity);
      require(isStuckInKernel || isKillRefused, () => `/livez says 503: ${dead}`);
    },
  };
}
