import type { Order } from "../../signals/signal-table.ts";
import type { Event } from "../state/event.ts";
import { holderOf } from "../state/job-stops.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";

export interface PassOnOrderDependencies {
  readonly world: World;
  readonly children: Children;
  /** Runs one step, so that a worker that cannot be signalled does not keep the others from being signalled. */
  readonly attempt: (step: () => void) => void;
}

/** Passes on to workers the orders that do not change what init wants: each is sent once, and never repeated. */
export function passOnOrder(event: Event, dependencies: PassOnOrderDependencies): void {
  if (event.kind === "order") passOnIntent(event.order, dependencies);
  if (event.kind !== "jobStopAsked") return;
  const { world, children } = dependencies;
  const holder = holderOf(world, event.job);
  if (holder !== undefined) children.worker(holder.id)?.send({ kind: "stopJob", ...event.job });
}

function passOnIntent(order: Order, { world, children, attempt }: PassOnOrderDependencies): void {
  const signal = (id: number, name: NodeJS.Signals) =>
    attempt(() => children.processOf({ role: "worker", id })?.signal(name));
  for (const { id } of world.workers) {
    if (order.kind === "stopJobs") children.worker(id)?.send({ kind: "stopJobs" });
    else if (order.kind === "forward") signal(id, order.signal);
    else if (order.kind === "killNow") signal(id, "SIGKILL");
  }
}
