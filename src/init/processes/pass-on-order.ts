import type { Order } from "../../signals/signal-table.ts";
import type { Event } from "../state/event.ts";
import { holderOf } from "../state/job-stops.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";

export interface PassOnOrderDependencies {
  readonly world: World;
  readonly children: Children;
  /** One worker that cannot be signalled keeps no other from being signalled. */
  readonly attempt: (step: () => void) => void;
}

/** Orders from outside that are no state to be kept, but something to be said to workers once. */
export function passOnOrder(event: Event, dependencies: PassOnOrderDependencies): void {
  if (event.kind === "intent") passOnIntent(event.intent, dependencies);
  if (event.kind !== "jobStopAsked") return;
  const { world, children } = dependencies;
  const holder = holderOf(world, event.job);
  if (holder !== undefined) children.worker(holder.id)?.send({ kind: "stopJob", ...event.job });
}

function passOnIntent(intent: Order, { world, children, attempt }: PassOnOrderDependencies): void {
  const signal = (id: number, name: NodeJS.Signals) =>
    attempt(() => children.processOf({ role: "worker", id })?.signal(name));
  for (const { id } of world.workers) {
    if (intent.kind === "stopJobs") children.worker(id)?.send({ kind: "stopJobs" });
    else if (intent.kind === "forward") signal(id, intent.signal);
    else if (intent.kind === "killNow") signal(id, "SIGKILL");
  }
}
