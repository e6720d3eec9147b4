import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import { queues } from "../application/definition.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";
import { ownerOf } from "./token-owner.ts";

/** How long the keeper may need to find a job, if nothing is wrong. It looks four times while a lock lasts. */
const foundWithinMs = 5_000;

/** No job is left to a worker that has died, even if the command that took the job arrived after its death. */
export function deadWorkers(world: JobsWorld): JobsCheck {
  const { ledger, schedule, server } = world;
  const owners = new Map<string, { readonly process: SimulatedProcess; readonly forker: SimulatedForker }>();
  ledger.beginListeners.push(({ token, worker, forker }) => owners.set(ownerOf(token), { process: worker, forker }));
  world.logObservers.push((forker, process, { message, fields }) => {
    if (!message.startsWith("gave up handing back jobs of a dead worker")) return;
    if (!world.hadRedisTrouble(schedule.time.now - foundWithinMs) && world.wasGuarded(forker, foundWithinMs))
      return world.violated(`process ${process.pid} ${message}, without trouble with Redis`);
    for (const job of fields["jobs"] as readonly string[]) world.leftToStalledCheck.add(job);
  });
  world.books.listeners.push(({ event, job }) => {
    if (event === "active") world.leftToStalledCheck.delete(job);
  });
  return {
    everySecond() {
      const { now } = schedule.time;
      const keys = server.keys();
      for (const queue of queues) {
        for (const id of keys.read(`bull:${queue}:active`, "list") ?? []) {
          const owner = owners.get(ownerOf(keys.read(`bull:${queue}:${id}:lock`, "string") ?? ""));
          if (owner === undefined || world.leftToStalledCheck.has(nameOf(queue, id))) continue;
          const { process, forker } = owner;
          const deadMs = now - process.endedAt;
          if (deadMs < foundWithinMs || process.end === undefined) continue;
          // The keeper that has looked for the jobs of the dead worker must still live. Any keeper finds those of a dead container.
          const isGuarded = forker.isOver
            ? world.forkers.some((one) => one !== forker && world.wasGuarded(one, foundWithinMs))
            : world.wasGuarded(forker, deadMs);
          if (!isGuarded) continue;
          if (!world.hadRedisTrouble(now - foundWithinMs))
            world.violated(
              `job ${nameOf(queue, id)} is left to worker ${process.pid}, which died ${deadMs / 1_000} s ago`,
            );
        }
      }
    },
  };
}
