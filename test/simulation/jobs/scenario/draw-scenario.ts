import type { Settings } from "../../../../src/config/settings.ts";
import { Draws } from "../../../support/draws.ts";
import { type QueueName, queues } from "../application/definition.ts";
import type { JobData, Kind } from "../application/job-data.ts";
import { combine } from "./draw-combination.ts";
import { drawFault, families } from "./draw-fault.ts";
import { isolate } from "./draw-isolation.ts";
import { onDemand } from "./draw-ranges.ts";
import { combineRarely, hasRareCombination } from "./draw-rare-combination.ts";
import { beginAtMs, type JobPlan, type JobsFault, type JobsScenario } from "./scenario.ts";

/** How long it takes to add all jobs of a world, if they arrive together. */
const burstMs = 2_000;
/** Within which faults begin, and jobs are added. */
const spanMs = 28_000;
/** Longer than a worker repeats both the completion and the failure of a job that Redis refuses for a persistent reason. */
const persistentMs = 124_000;

const kindWeights: Readonly<Record<Kind, number>> = {
  good: 14,
  fails: 4,
  unrecoverable: 1,
  poison: 1,
  poisonOnce: 1,
  blocks: 1,
  deaf: 1,
  endless: 0.5,
  abortUnrecoverable: 1,
  abortReturns: 1,
  delays: 1,
  waits: 1,
  unmovedDelay: 0.5,
  unmovedWait: 0.5,
  unmovedChildren: 0.5,
};

/** The scenario of a seed. */
export function drawJobsScenario(seed: number): JobsScenario {
  const draws = new Draws(seed, 11);
  const chance = (probability: number) => draws.next() < probability;
  const instant = () => Math.round(beginAtMs + draws.next() * spanMs);
  const queue = (): QueueName => queues[draws.below(queues.length)] ?? "usual";
  const isSick = chance(0.15);
  const hasLimits = chance(0.5);
  const job = (): Omit<JobPlan, "atMs" | "children"> => {
    const drawn = drawData(draws, isSick && chance(0.25) ? "poison" : undefined);
    const data: JobData = hasLimits ? drawn : unlimited(drawn, draws);
    return {
      queue: queue(),
      data,
      ...(data.kind === "fails" && { attempts: 1 + draws.below(4), backOffMs: draws.below(2_000) }),
      ...(data.kind !== "fails" && chance(data.kind === "abortUnrecoverable" ? 0.7 : 0.1) && { attempts: 2 }),
      ...(chance(0.15) && { delayMs: draws.below(20_000) }),
      ...(chance(0.15) && { priority: 1 + draws.below(5) }),
    };
  };
  const jobs: JobPlan[] = Array.from({ length: 1 + draws.below(24) }, () => ({
    ...job(),
    atMs: instant(),
    ...(chance(0.12) && { children: Array.from({ length: 1 + draws.below(3) }, job) }),
  }));
  const family = draws.pick({
    none: 1,
    processes: 4,
    orders: 4,
    refusals: 4,
    network: 4,
    partitions: 2,
    persistent: 0.4,
    queues: 1,
    all: 5,
  });
  const weights = families[family] as Record<JobsFault["kind"], number>;
  const isPersistent = family === "persistent";
  const faults = isPersistent
    ? [drawPersistent(draws)]
    : family === "none"
      ? []
      : Array.from({ length: 1 + draws.below(8) }, () => drawFault(draws, weights, instant()));
  // The fixed seeds of the tests, and those that show mutations, have none.
  const hasFleet = seed > 15 && seed % 11 === 2;
  const stoppedJobs = draws.pick({ fail: 2, retry: 2, handback: 1 });
  const settings = Array.from(
    { length: chance(family === "partitions" ? 0.1 : 0.6) ? 1 : 2 },
    (): Partial<Settings> => ({
      workload: drawWorkload(draws),
      lockDurationMs: 10_000,
      stopTimeoutMs: chance(0.5) ? 1_000 : 4_000,
      drainTimeoutMs: 10_000,
      reloadDrainTimeoutMs: 10_000,
      stuckTimeoutMs: chance(0.2) ? 0 : 15_000,
      stoppedJobs,
      fleet: hasFleet ? "on" : "off",
      ...(hasLimits && { timeLimits: [{ pattern: "*", softMs: 12_000, hardMs: 14_000 }] }),
    }),
  );
  const schedulers = chance(0.2) ? [{ atMs: instant(), queue: queue(), everyMs: 2_000 + draws.below(5_000) }] : [];
  // Workers then take the next job in the step that ends one.
  const burstAtMs = chance(0.25) ? instant() : undefined;
  const timed = jobs.map((one) => (burstAtMs === undefined ? one : { ...one, atMs: burstAtMs + (one.atMs % burstMs) }));
  const fleetOrders = hasFleet ? drawFleetOrders(seed) : [];
  const drawn = { seed, settings, jobs: timed, schedulers, faults: [...faults, ...fleetOrders] };
  const combined = () =>
    hasRareCombination(seed) ? combineRarely(drawn, new Draws(seed, 14)) : combine(drawn, new Draws(seed, 13));
  const world = inOrder(onDemand(isolate(isPersistent ? drawn : combined())));
  return { ...world, calmAtMs: endOf(world) + 1_000 };
}

function inOrder<World extends Omit<JobsScenario, "calmAtMs">>(world: World): World {
  const byTime = (one: { readonly atMs: number }, other: { readonly atMs: number }) => one.atMs - other.atMs;
  return { ...world, jobs: world.jobs.toSorted(byTime), faults: world.faults.toSorted(byTime) };
}

/** When the last fault has ended, and all jobs have been added. */
function endOf({ jobs, schedulers, faults }: Omit<JobsScenario, "calmAtMs">): number {
  const ends = faults.map((fault) => fault.atMs + ("forMs" in fault ? fault.forMs : 0));
  return Math.max(beginAtMs, ...ends, ...[...jobs, ...schedulers].map(({ atMs }) => atMs));
}

/** Drawn apart from the rest, which is therefore the same without them. */
function drawFleetOrders(seed: number): JobsFault[] {
  const draws = new Draws(seed, 2);
  return Array.from({ length: 1 + draws.below(6) }, () => ({
    kind: "fleetOrder",
    choice: 0,
    order: draws.pick({ suspend: 2, resume: 2, reload: 1 }),
    atMs: beginAtMs + draws.below(spanMs),
  }));
}

function drawWorkload(draws: Draws): string {
  const specs = ["urgent,usual,limited", "urgent,usual,limited @3", "*", "usual,limited,urgent @2"];
  return Array.from({ length: 1 + draws.below(2) }, () => specs[draws.below(specs.length)]).join("; ");
}

function drawData(draws: Draws, given: Kind | undefined): JobData {
  const kind = given ?? draws.pick(kindWeights);
  const isLong = draws.next() < 0.25;
  switch (kind) {
    case "poison":
    case "poisonOnce":
      return { kind, runMs: draws.below(200) };
    case "blocks":
      return { kind, runMs: isLong ? 6_000 + draws.below(5_000) : draws.below(4_000) };
    case "fails":
      return { kind, runMs: draws.below(400), failures: draws.below(5) };
    case "deaf":
    case "abortReturns":
    case "abortUnrecoverable":
      return { kind, runMs: 1_000 + draws.below(9_000) };
    case "good":
    case "unrecoverable":
    case "endless":
    case "delays":
    case "waits":
    case "unmovedDelay":
    case "unmovedWait":
    case "unmovedChildren":
      return { kind, runMs: isLong ? draws.below(9_000) : draws.below(600) };
  }
}

/** Without a time limit, jobs may last longer than a lock, and must end by themselves. */
function unlimited(data: JobData, draws: Draws): JobData {
  if (data.kind !== "endless" && data.kind !== "good") return data;
  const length = draws.next();
  const runMs = length < 0.1 ? 20_000 + draws.below(30_000) : length < 0.2 ? draws.below(25_000) : data.runMs;
  return { kind: "good", runMs };
}

/** Redis refuses each write because of what the keys contain, until a person has repaired them. */
function drawPersistent(draws: Draws): JobsFault {
  const atMs = beginAtMs + draws.below(10_000);
  const forMs = persistentMs + draws.below(15_000);
  return { atMs, choice: 0, kind: "refusal", code: "WRONGTYPE", writesOnly: true, forMs };
}
