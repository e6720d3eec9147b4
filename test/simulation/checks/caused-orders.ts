import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

interface SlotState {
  readonly isSuspended: boolean;
  /** When it was last suspended, and last resumed. */
  readonly suspendedAt: number;
  readonly resumedAt: number;
}

/** Nothing is suspended or resumed, and no application reloaded, that nobody has ordered: each order has its effect once. */
export function causedOrders({ supervisor, schedule, workers, fleet, initsSignals }: Container): Check {
  const { world } = supervisor;
  const { time } = schedule;
  const slots = new Map<number, SlotState>();
  /** The latest rule of the fleet that init had followed at its last turn. */
  let followed = -1;
  let reloads = 0;
  const hasCause = (slot: number, isSuspended: boolean, since: number) =>
    initsSignals.some(({ at, signal }) => signal === (isSuspended ? "SIGUSR2" : "SIGCONT") && at > since) ||
    fleet.hasRuledSince(followed, isSuspended) ||
    [...workers.values()].some(
      (one) => one.slot === slot && (isSuspended ? one.signals.suspendedAt : one.signals.resumedAt) > since,
    );
  const follow = (slot: number, isSuspended: boolean) => {
    const known = slots.get(slot);
    if (known?.isSuspended === isSuspended) return;
    const { suspendedAt = -Infinity, resumedAt = -Infinity } = known ?? {};
    require(known === undefined || hasCause(slot, isSuspended, isSuspended ? suspendedAt : resumedAt), () =>
      `slot ${slot} was ${isSuspended ? "suspended" : "resumed"}, which nobody has ordered`);
    const { now } = time;
    slots.set(slot, {
      isSuspended,
      suspendedAt: isSuspended ? now : suspendedAt,
      resumedAt: isSuspended ? resumedAt : now,
    });
  };
  return {
    turned() {
      for (const [slot, { suspended }] of world.slots.entries()) follow(slot, suspended);
      followed = world.fleet.rule?.number ?? -1;
    },
    logged({ message }) {
      if (message !== "reloading application") return;
      reloads += 1;
      const ordered = initsSignals.filter(({ signal }) => signal === "SIGHUP").length + fleet.sent("reload");
      require(reloads <= ordered, () => `init has reloaded ${reloads} times, and was ordered to ${ordered} times`);
    },
  };
}
