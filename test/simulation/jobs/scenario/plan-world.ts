import { newInstanceId } from "../../../../src/protocol/instance-id.ts";
import { kernel } from "../../time/virtual-time.ts";
import { queues } from "../application/definition.ts";
import { execute } from "../forker/programs.ts";
import { SimulatedForker } from "../forker/simulated-forker.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import { Producer } from "../world/producer.ts";
import { applyJobsFault, orderFleet, releaseQueue } from "./apply-fault.ts";
import { hasRanges } from "./draw-ranges.ts";
import { burst, endedAfterMs, probeMs, restAfterMs, restAtMostMs } from "./scenario.ts";

/** The orchestrator starts a container again that has ended. */
const restartAfterMs = 1_000;
/** How long init waits at most before it replaces a worker, if many have died one after the other. */
const respawnPauseMs = 5_000;

/** Schedules everything that happens from outside. */
export function planJobsWorld(world: JobsWorld): void {
  const { scenario, schedule, forkers } = world;
  const { time } = schedule;
  const at = (ms: number, run: () => void) => void time.after(ms - time.now, kernel, run);
  const start = (place: number) => {
    const settings = scenario.settings[place] ?? {};
    forkers[place] = new SimulatedForker({ world, place, instanceId: newInstanceId("host"), settings, execute });
  };
  const producer = new Producer(world);
  for (const place of scenario.settings.keys()) start(place);
  for (const plan of scenario.jobs) at(plan.atMs, () => producer.do(() => Promise.resolve(producer.add(plan))));
  for (const plan of scenario.schedulers)
    at(plan.atMs, () => producer.do(() => Promise.resolve(producer.schedule(plan))));
  for (const fault of scenario.faults) at(fault.atMs, () => applyJobsFault(world, producer, fault));
  const everySecond = () => {
    world.everySecond();
    for (const [place, forker] of forkers.entries())
      if (forker.isOver && !forker.isReplaced && !world.isEnding) {
        forker.isReplaced = true;
        time.after(restartAfterMs, kernel, () => start(place));
      }
    time.after(1_000, kernel, everySecond);
  };
  time.after(1_000, kernel, everySecond);
  at(scenario.calmAtMs, () => {
    world.note("the faults end");
    for (const forker of forkers) {
      for (const process of forker.living)
        if (process.isStopped || process.role === "worker") forker.machine.kill(process, "SIGCONT", "operator");
      forker.signal("SIGCONT");
    }
    // A failover may have lost what the operator has done.
    if (world.failovers.length > 0)
      for (const fault of scenario.faults)
        if (fault.kind === "pauseQueue" || fault.kind === "limitQueue") releaseQueue(producer, fault);
    if (scenario.settings.some(({ fleet }) => fleet === "on"))
      producer.do(async () => await orderFleet(producer.fleet, "resume"));
  });
  const rest = () => {
    if (time.now < scenario.calmAtMs + restAtMostMs && !isAtRest(world)) return void time.after(1_000, kernel, rest);
    world.probedAt = time.now;
    for (const queue of queues)
      producer.do(() => Promise.resolve(producer.add({ atMs: 0, queue, data: { kind: "good", runMs: 10 } })));
    const over = () => {
      world.isOver = true;
    };
    if (!hasRanges(scenario)) return void time.after(probeMs, kernel, over);
    const plan = { atMs: 0, queue: "urgent", data: { kind: "good", runMs: burst.runMs } } as const;
    time.after(probeMs, kernel, () => {
      world.burstAt = time.now;
      for (let count = 0; count < burst.jobs; count++) producer.do(() => Promise.resolve(producer.add(plan)));
      time.after(burst.forMs, kernel, over);
    });
  };
  at(scenario.calmAtMs + restAfterMs, rest);
}

/** Orders every forker to end. All jobs have ended, except for those that schedulers create. */
export function endJobsWorld(world: JobsWorld): void {
  const { forkers, scenario, schedule } = world;
  world.isOver = false;
  world.isEnding = true;
  world.note("the world ends");
  for (const forker of forkers) forker.signal((scenario.seed + forker.place) % 2 === 0 ? "SIGQUIT" : "SIGTERM");
  schedule.time.after(endedAfterMs, kernel, () => {
    world.isOver = true;
  });
}

/** A worker trusts a rate limit for half of FORKER_STUCK_TIMEOUT, and at most for that long. Nothing announces that it was raised. */
const longestLimitMs = 30_000;

function mayTrustOldLimit({ scenario, schedule, failovers }: JobsWorld): boolean {
  const trustsMs = scenario.settings.map(({ stuckTimeoutMs = 0 }) =>
    stuckTimeoutMs === 0 ? longestLimitMs : Math.min(longestLimitMs, stuckTimeoutMs / 2),
  );
  return scenario.faults.some((fault) => {
    if (fault.kind !== "limitQueue") return false;
    const raisedAtMs = failovers.length > 0 ? scenario.calmAtMs : fault.atMs + fault.forMs;
    return schedule.time.now < raisedAtMs + Math.max(...trustsMs);
  });
}

/** Whether every job that was added has ended, and init has replaced the workers that they killed. */
function isAtRest(world: JobsWorld): boolean {
  const { now } = world.schedule.time;
  const isReplacing = world.ends.some(({ process, at }) => process.role === "worker" && now - at <= respawnPauseMs);
  return !isReplacing && !mayTrustOldLimit(world) && hasEndedAll(world);
}

/** Whether every job that was added has ended. */
function hasEndedAll({ ledger, server, forkers, givenUp }: JobsWorld): boolean {
  if (forkers.some(({ isOver }) => isOver)) return false;
  const views = new Map(queues.map((queue) => [queue as string, server.queue(queue).jobs]));
  return [...ledger.added.values()].every(({ queue, id }) => {
    const state = views.get(queue)?.get(id)?.states.join();
    return state === "completed" || state === "failed" || givenUp.has(nameOf(queue, id));
  });
}
