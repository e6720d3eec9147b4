import { healthOf } from "../../../src/admin/health.ts";
import { healthSnapshot } from "../../../src/init/report/health-snapshot.ts";
import { wantedSlots } from "../../../src/init/state/wanted-slots.ts";
import { quarantineOwner } from "../machine/job-store.ts";
import type { Container } from "../models/container.ts";
import type { WorkerModel } from "../models/worker-model.ts";
import { type Check, require } from "./check.ts";

/** A job may run for this long at most, and the first one wait, in a calm world. */
const jobTimeMs = 120_000;

/** Once the world has been calm for long enough, everything is as it was asked for. */
export function asAsked(container: Container): Check {
  const { supervisor, machine, workers, templates, store, schedule } = container;
  /** While the other workers take every job, nothing shows that one of them does not. */
  const isAsWanted = (worker: WorkerModel) =>
    worker.isReallyTaking || (worker.isStuck && worker.mode === "taking" && !worker.jobs.isExcused && !isStale());
  const isStale = () => schedule.time.now - store.headSince > supervisor.limits.stuckTimeoutMs;
  return {
    judged() {
      const { world, limits, loop } = supervisor;
      const { now } = schedule.time;
      if (world.phase !== "running") return;
      const living = machine.living;
      const forking = living.flatMap(({ pid }) => templates.get(pid) ?? []);
      // Nothing but a reload repairs a generation whose workers cannot start.
      if (forking.some(({ release }) => release.start !== "starts")) return;
      const loaded = container.generations.get(world.current?.number ?? 0);
      // A spawned worker loads what is deployed when it starts.
      const isIsolating = loaded?.isolates === true || container.deployed.isolates;
      if (isIsolating && world.current?.engine === "spawn") return;
      const expected = wantedSlots(world);
      const wanted = expected.length;
      const taking = living.flatMap(({ pid }) => workers.get(pid) ?? []).filter(isAsWanted);
      const slots = taking.map(({ slot }) => slot).toSorted((one, other) => one - other);
      const counts = Object.groupBy(living, ({ role }) => role);
      require(JSON.stringify(slots) === JSON.stringify(expected), () =>
        `in a calm world these slots take jobs: ${slots.join()}; wanted: ${expected.join()}`);
      // A successor that has just started may wait for its predecessor's last job.
      const spares = limits.hasSpare ? 1 : 0;
      const most =
        wanted + spares + world.workers.filter(({ isRetiring, state }) => isRetiring || state === "draining").length;
      require((counts.worker?.length ?? 0) <= most + 1, () =>
        `${counts.worker?.length} workers exist for ${wanted} slots`);
      const templatesWanted = world.current?.engine === "fork" ? 1 : 0;
      require((counts.template?.length ?? 0) === templatesWanted, () =>
        `${counts.template?.length ?? 0} templates exist; wanted: ${templatesWanted}`);
      const keepersWanted = world.current?.redis === undefined ? 0 : 1;
      require((counts.keeper?.length ?? 0) === keepersWanted || keepersWanted === 0, () =>
        `${counts.keeper?.length ?? 0} keepers exist; wanted: ${keepersWanted}`);
      require(world.handBackOrders.length === 0, () => "hand-back orders are left in a calm world");
      require(world.pendingEnds.length === 0, () => "job ends that no worker has heard are left in a calm world");
      const late = [...store.jobs.values()].filter(
        // Without a keeper, no process of this instance finds orphaned jobs.
        ({ state, addedAt, takenAt, lockOwner }) =>
          (keepersWanted > 0 || lockOwner !== quarantineOwner) &&
          ((state === "waiting" && now - Math.max(addedAt, store.tookAt) > jobTimeMs) ||
            (state === "active" && now - takenAt > jobTimeMs)),
      );
      require(late.length === 0, () =>
        `jobs have not ended in a calm world: ${late.map((job) => JSON.stringify(job)).join()}`);
      const { startup, ready, live } = healthOf(healthSnapshot(world, limits, loop.turnedAt, now));
      for (const [name, verdict] of Object.entries({ startup, ready, live }))
        require(verdict.ok, () => `${name} is not ok in a calm world: ${verdict.reason}`);
    },
  };
}
