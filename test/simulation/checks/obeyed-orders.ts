import { obeysSuspension } from "../../../src/init/state/worker-facts.ts";
import type { Container } from "../models/container.ts";
import type { WorkerModel } from "../models/worker-model.ts";
import { type Check, firstOf, require } from "./check.ts";

/** A worker may be about to take a job when it receives the order. */
const suspendedWithinMs = 3_000;

/** What operators have asked for happens: reloads, more and fewer workers, suspension. */
export function obeyedOrders({ supervisor, schedule, workers, machine }: Container): Check {
  const { world } = supervisor;
  const { time } = schedule;
  let isReloadDue = false;
  let extraWorkers = 0;
  /** What it was at the latest order to reload, and at that of the reload that loads. An activation undoes these. */
  const undone = { next: 0, loading: 0 };
  /** TTOU leaves one slot, and the first one of each range. */
  const fewestExtra = () => {
    const specs = world.current?.specs;
    if (specs === undefined) return -Infinity;
    return Math.max(1, specs.findLastIndex(({ range }) => range?.place === 0) + 1) - specs.length;
  };
  /** Since when each slot has been suspended, by an order to init or by a signal to its worker. */
  const suspendedSince = new Map<number, number>();
  /** Since when the suspension of each worker has differed from that of its slot. */
  const differsSince = new Map<WorkerModel, number>();
  const isSuspendedWrongly = (worker: WorkerModel) => {
    const { process, slot, isSuspended, hasStarted } = worker;
    const known = process.isDead ? undefined : world.workers.find(({ pid }) => pid === process.pid);
    // One that has reported its end takes no jobs, and sends nothing more.
    const isHeard = !worker.isFaulty && worker.reportedAt === Infinity;
    const isFollowed = known !== undefined && obeysSuspension(known) && !known.isCutOff && isHeard;
    const differs = isFollowed && hasStarted && isSuspended !== world.slots[slot]?.suspended;
    if (!differs || process.isDead || process.recentStillMs(suspendedWithinMs) > 0) {
      differsSince.delete(worker);
      return false;
    }
    const since = differsSince.get(worker) ?? time.now;
    differsSince.set(worker, since);
    return time.now - since > suspendedWithinMs;
  };
  /** kill(2) has failed, and init can still order the worker to stop. */
  const takesJobsUnkilled = ({ process, jobs, isFaulty, invalidAt }: WorkerModel) => {
    const { killRefusedAt, killSentAt, stillMs, isDead } = process;
    if (isDead || isFaulty || killRefusedAt === -Infinity || invalidAt < Infinity) return false;
    return jobs.tookAt > killSentAt + suspendedWithinMs + stillMs + machine.init.stillMs;
  };
  return {
    turned() {
      require(world.extraWorkers === extraWorkers, () =>
        `init wants ${world.extraWorkers} extra workers; operators asked for ${extraWorkers}`);
      for (const [slot, { suspended }] of world.slots.entries()) {
        if (!suspended) suspendedSince.delete(slot);
        else if (!suspendedSince.has(slot)) suspendedSince.set(slot, time.now + machine.init.stillMs);
      }
    },
    logged({ message, fields }) {
      if (message === "activated generation") {
        extraWorkers = Math.max(fewestExtra(), extraWorkers - undone.loading);
        undone.next = Math.max(fewestExtra(), undone.next - undone.loading);
      }
      if (message === "reloading application" || message === "loading application") {
        isReloadDue = false;
        undone.loading = undone.next;
      }
      const isOrder = message === "received order" || message === "received order of the fleet";
      if (!isOrder || world.phase === "draining" || world.phase === "stopping") return;
      switch (fields["order"]) {
        case "reload":
          isReloadDue = true;
          undone.next = extraWorkers;
          return;
        case "addWorker":
          extraWorkers += 1;
          return;
        case "removeWorker":
          if (extraWorkers > fewestExtra()) extraWorkers -= 1;
          return;
      }
    },
    everySecond() {
      if (!machine.init.canRun || machine.init.recentStillMs(suspendedWithinMs) > 0) return;
      const wrong = firstOf(workers.values(), isSuspendedWrongly);
      require(wrong === undefined, () =>
        `worker ${wrong?.process.pid} is ${wrong?.isSuspended === true ? "" : "not "}suspended, unlike slot ${wrong?.slot}`);
      const unkilled = firstOf(workers.values(), takesJobsUnkilled);
      require(unkilled === undefined, () => `worker ${unkilled?.process.pid}, which init failed to kill, takes jobs`);
      for (const { slot, process, jobs, release } of workers.values()) {
        const since = suspendedSince.get(slot);
        if (process.isDead || since === undefined || release.start !== "starts") continue;
        // No order reaches it. init kills it when its deadline passes.
        const known = world.workers.find(({ pid }) => pid === process.pid);
        // init could not kill it, and has given it up.
        const isGivenUp = known === undefined && process.killRefusedAt > -Infinity;
        if (known?.isCutOff === true || isGivenUp) continue;
        const isLate = jobs.tookAt > since + suspendedWithinMs + process.stillMs;
        require(!isLate, () => `worker ${process.pid} has taken a job although slot ${slot} is suspended`);
      }
    },
    judged() {
      if (world.phase !== "running") return;
      require(!isReloadDue, () => "init was ordered to reload, and has not begun to");
    },
  };
}
