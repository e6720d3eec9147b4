import { wantedSpecs } from "../../../src/init/state/world.ts";
import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

/** A worker may be about to take a job when it receives the order. */
const suspendedWithinMs = 3_000;

/** What operators have asked for happens: reloads, more and fewer workers, suspension. */
export function obeyedOrders({ supervisor, schedule, workers, machine }: Container): Check {
  const { world } = supervisor;
  const { time } = schedule;
  let isReloadDue = false;
  let extraWorkers = 0;
  /** Since when each slot has been suspended, by an order to init or by a signal to its worker. */
  const suspendedSince = new Map<number, number>();
  return {
    turned() {
      for (const [slot, { suspended }] of world.slots.entries()) {
        if (!suspended) suspendedSince.delete(slot);
        else if (!suspendedSince.has(slot)) suspendedSince.set(slot, time.now + machine.init.stillMs);
      }
    },
    logged({ message, fields }) {
      if (message === "activated generation") extraWorkers = 0;
      if (message === "reloading application" || message === "loading application") isReloadDue = false;
      if (message !== "received order" || world.phase === "draining" || world.phase === "stopping") return;
      switch (fields["order"]) {
        case "reload":
          isReloadDue = true;
          return;
        case "addWorker":
          if (world.current !== undefined) extraWorkers += 1;
          return;
        case "removeWorker":
          if (wantedSpecs(world).length > 1) extraWorkers -= 1;
          return;
      }
    },
    everySecond() {
      if (!machine.init.canRun || machine.init.recentStillMs(suspendedWithinMs) > 0) return;
      for (const { slot, process, jobs, release } of workers.values()) {
        const since = suspendedSince.get(slot);
        if (process.isDead || since === undefined || release.start !== "starts") continue;
        // No order reaches it. init kills it when its deadline passes.
        if (world.workers.some(({ pid, isCutOff }) => pid === process.pid && isCutOff)) continue;
        const isLate = jobs.tookAt > since + suspendedWithinMs + process.stillMs;
        require(!isLate, () => `worker ${process.pid} has taken a job although slot ${slot} is suspended`);
      }
    },
    judged() {
      if (world.phase !== "running") return;
      require(!isReloadDue, () => "init was ordered to reload, and has not begun to");
      require(world.extraWorkers === extraWorkers, () =>
        `init wants ${world.extraWorkers} extra workers; operators asked for ${extraWorkers}`);
    },
  };
}
