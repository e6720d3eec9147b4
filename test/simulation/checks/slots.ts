import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

/** Only one worker of a slot takes jobs at a time. */
export function oneTakesPerSlot({ workers, supervisor }: Container): Check {
  return {
    turned() {
      const known = new Set(supervisor.world.workers.map(({ pid }) => pid));
      const began = new Map<number, number>();
      for (const { pid } of supervisor.world.workers) {
        const worker = pid === undefined ? undefined : workers.get(pid);
        if (worker === undefined || worker.process.isDead || !known.has(pid)) continue;
        if (worker.mode !== "taking" && worker.mode !== "suspended") continue;
        const other = began.get(worker.slot);
        require(other === undefined, () =>
          `slot ${worker.slot} takes jobs with both ${other} and ${worker.process.pid}`);
        began.set(worker.slot, worker.process.pid);
      }
    },
  };
}
