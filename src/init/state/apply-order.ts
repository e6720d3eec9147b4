import type { Order } from "../../signals/signal-table.ts";
import { orderAllStops } from "./job-stops.ts";
import type { Limits } from "./limits.ts";
import { noteUp } from "./note-up.ts";
import { beginToLeave, isLeaving } from "./phase.ts";
import { mayLoseSlot } from "./wanted-slots.ts";
import type { World } from "./world.ts";

/** Changes the world by an order from outside. pass-on-order.ts sends orders to the workers. */
export function applyOrder(world: World, order: Order, limits: Limits, now: number): void {
  const leaving = isLeaving(world);
  switch (order.kind) {
    case "drain":
      if (leaving) return;
      beginToLeave(world, "draining", limits, now);
      world.drainDeadline = now + limits.drainTimeoutMs;
      return;
    case "stop":
      beginToLeave(world, "stopping", limits, now);
      return;
    case "killNow":
      beginToLeave(world, "stopping", limits, now);
      for (const one of world.handBackOrders) one.deadline = Math.min(one.deadline, now + limits.handBackTimeMs);
      return;
    case "reload":
      if (leaving) return;
      world.reloadWanted = true;
      world.extraWorkersAtReload = world.extraWorkers;
      return;
    case "suspend":
    case "resume":
      world.suspended = order.kind === "suspend";
      for (const slot of world.slots) slot.suspended = world.suspended;
      return;
    case "addWorker":
      if (!leaving) world.extraWorkers += 1;
      return;
    case "removeWorker":
      if (!leaving && mayLoseSlot(world)) world.extraWorkers -= 1;
      noteUp(world, now);
      return;
    case "stopJobs":
      orderAllStops(world, limits, now);
      return;
    case "forward":
      return;
  }
}
