import { delayedScoreFactor } from "../../../../src/bull/library/key-layout.ts";
import { matchesQueues } from "../../../../src/config/queue-pattern.ts";
import { rangesOf, type SlotRange, slotsOfRange } from "../../../../src/init/state/wanted-slots.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { RedisModel } from "../../redis/redis-model.ts";
import { queues } from "../application/definition.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import { restAfterMs } from "../scenario/scenario.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** How long the keeper may need to count, init to decide, and a worker to start and take the job. */
const addMs = 2_000;
/** init reads at least once a second what its workers hold. */
const unseenMs = 1_000;

/**
 * No job waits in a calm world for a range without a worker, or at rest while a range may have one more. A range loses only workers
 * without jobs, and cuts no job short.
 */
export function ranges(world: JobsWorld): JobsCheck {
  const { ledger, schedule, server, scenario } = world;
  const { time } = schedule;
  /** Since when jobs of each range wait without a change, by forker and the range's first slot. */
  const waits = new Map<string, { sinceMs: number; steps: string }>();
  /** The workers whose slots a range has given up. */
  const removed = new WeakSet<SimulatedProcess>();
  const hasOrders = scenario.faults.some(({ kind }) => ["signalWorker", "signalForker", "fleetOrder"].includes(kind));

  world.logObservers.push((forker, process, { message, fields }) => {
    if (message !== "removed workers" || process !== forker.machine.init) return;
    for (const worker of workersIn(forker, fields["slots"] as readonly number[])) {
      const held = [...ledger.current].find((run) => run.worker === worker && run.beganAt <= time.now - unseenMs);
      if (held !== undefined)
        return world.violated(
          `a range removes worker ${worker.pid}, which runs ${nameOf(held.queue, held.id)} since ${held.beganAt}`,
        );
      removed.add(worker);
    }
  });

  /** Whether jobs wait that a further worker could take, and what changes whenever a worker is added or takes a job. */
  const look = (forker: SimulatedForker, range: SlotRange) => {
    const { supervisor } = forker;
    const slots = slotsOfRange(range);
    const wanted = slots.filter((slot) => supervisor.world.slots[slot]?.isVacant !== true).length;
    const isWaiting = matchesQueues(range.spec.queues, queues).some((queue) => hasDueJobs(server, queue));
    const runs = [...ledger.runs.values()].reduce((sum, one) => sum + one.length, 0);
    const most = time.now < world.probedAt ? 1 : range.maximum;
    return { mayGrow: isWaiting && wanted < most, steps: `${wanted} ${runs}` };
  };

  return {
    everySecond() {
      if (world.isEnding || time.now < scenario.calmAtMs + restAfterMs) return;
      for (const forker of world.forkers) {
        if (forker.isOver) continue;
        for (const range of rangesOf(forker.supervisor.world)) {
          const key = `${forker.place} ${range.first}`;
          const { mayGrow, steps } = look(forker, range);
          const known = waits.get(key);
          if (!mayGrow) waits.delete(key);
          else if (known?.steps !== steps) waits.set(key, { sinceMs: time.now, steps });
          else if (time.now - known.sinceMs > (forker.settings.clearTimeMs ?? 0) + addMs)
            return world.violated(
              `jobs wait for ${range.spec.queues.join()} since ${known.sinceMs}, and the range may grow`,
            );
        }
      }
    },
    atRest() {
      if (hasOrders) return;
      for (const runs of ledger.runs.values())
        for (const { worker, signal, queue, id } of runs)
          if (removed.has(worker) && signal.aborted && (signal.reason as Error).name === "WorkerStoppedError")
            return world.violated(`the range of worker ${worker.pid} cuts ${nameOf(queue, id)} short`);
    },
  };
}

function hasDueJobs(server: RedisModel, queue: string): boolean {
  const keys = server.keys();
  const isDue = ({ score }: { readonly score: number }) => score / delayedScoreFactor <= server.options.now();
  return (
    (keys.read(`bull:${queue}:wait`, "list") ?? []).some((id) => !isMarker(id)) ||
    (keys.read(`bull:${queue}:prioritized`, "zset")?.all ?? []).length > 0 ||
    (keys.read(`bull:${queue}:delayed`, "zset")?.all ?? []).some(isDue)
  );
}

function isMarker(id: string): boolean {
  return id.startsWith("0:");
}

function workersIn({ supervisor, workers }: SimulatedForker, slots: readonly number[]): SimulatedProcess[] {
  const pids = supervisor.world.workers.flatMap(({ slot, pid, isSpare }) =>
    !isSpare && slots.includes(slot) ? (pid ?? []) : [],
  );
  return [...workers.keys()].filter((process) => !process.isDead && pids.includes(process.pid));
}
