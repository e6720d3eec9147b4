import type { Settings } from "../../../../src/config/settings.ts";
import { Draws } from "../../../support/draws.ts";
import { refusals } from "../../redis/model-options.ts";
import { type QueueName, queues } from "../application/definition.ts";
import type { JobData, Kind } from "../application/job-data.ts";
import { beginAtMs, calmAtMs, type JobPlan, type JobsFault, type JobsScenario } from "./scenario.ts";

const longestFaultMs = 25_000;

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

/** The kinds of faults of a world: some of them make it hard to see what others should show. */
const families: Readonly<Record<string, Readonly<Partial<Record<JobsFault["kind"], number>>>>> = {
  none: {},
  processes: {
    killWorker: 4,
    killKeeper: 2,
    freezeWorker: 2,
    freezeKeeper: 1,
    blockWorker: 2,
    stopWorker: 1,
    killForker: 1,
  },
  orders: { signalWorker: 4, signalForker: 4, stopJob: 3, killWorker: 1 },
  refusals: { refusal: 4, inScript: 1, signalWorker: 1 },
  network: { refused: 2, silent: 2, loseAnswers: 3, closeConnections: 2, cutOff: 3, slowNetwork: 1 },
  queues: { pauseQueue: 2, limitQueue: 3 },
  all: {
    killWorker: 4,
    killKeeper: 2,
    freezeWorker: 2,
    freezeKeeper: 1,
    blockWorker: 2,
    stopWorker: 1,
    freezeForker: 1,
    killForker: 1,
    signalWorker: 3,
    signalForker: 3,
    stopJob: 2,
    refusal: 3,
    inScript: 1,
    refused: 2,
    silent: 2,
    loseAnswers: 3,
    closeConnections: 2,
    cutOff: 2,
    failover: 1,
    skew: 1,
    slowNetwork: 1,
    pauseQueue: 1,
    limitQueue: 1,
  },
};

/** The scenario of a seed. */
export function drawJobsScenario(seed: number): JobsScenario {
  const draws = new Draws(seed, 11);
  const chance = (probability: number) => draws.next() < probability;
  const instant = () => Math.round(beginAtMs + draws.next() * (calmAtMs - beginAtMs - longestFaultMs));
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
  const family = draws.pick({ none: 1, processes: 4, orders: 4, refusals: 4, network: 4, queues: 1, all: 5 });
  const weights = families[family] as Record<JobsFault["kind"], number>;
  const faults =
    family === "none" ? [] : Array.from({ length: 1 + draws.below(8) }, () => drawFault(draws, weights, instant()));
  const stoppedJobs = draws.pick({ fail: 2, retry: 2, handback: 1 });
  const settings = Array.from(
    { length: chance(0.6) ? 1 : 2 },
    (): Partial<Settings> => ({
      workload: drawWorkload(draws),
      lockDurationMs: 10_000,
      stopTimeoutMs: chance(0.5) ? 1_000 : 4_000,
      drainTimeoutMs: 10_000,
      reloadDrainTimeoutMs: 10_000,
      stuckTimeoutMs: chance(0.2) ? 0 : 15_000,
      stoppedJobs,
      ...(hasLimits && { timeLimits: [{ pattern: "*", softMs: 12_000, hardMs: 14_000 }] }),
    }),
  );
  return {
    seed,
    settings,
    jobs: jobs.toSorted((one, other) => one.atMs - other.atMs),
    schedulers: chance(0.2) ? [{ atMs: instant(), queue: queue(), everyMs: 2_000 + draws.below(5_000) }] : [],
    faults: faults.toSorted((one, other) => one.atMs - other.atMs),
  };
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
  const runMs = length < 0.05 ? 30_000 + draws.below(25_000) : length < 0.15 ? draws.below(25_000) : data.runMs;
  return { kind: "good", runMs };
}

const scriptCommands = ["XADD", "ZADD", "LPUSH", "RPUSH", "HSET", "HINCRBY", "LREM", "ZREM", "DEL"];

function drawFault(draws: Draws, weights: Record<JobsFault["kind"], number>, atMs: number): JobsFault {
  const kind = draws.pick(weights);
  const common = { atMs, choice: draws.below(1_000) };
  const forMs = Math.round(draws.next() < 0.6 ? draws.next() * 3_000 : draws.next() * longestFaultMs);
  switch (kind) {
    case "killWorker":
    case "killKeeper":
    case "killForker":
    case "stopJob":
    case "closeConnections":
      return { ...common, kind };
    case "freezeWorker":
    case "freezeKeeper":
    case "stopWorker":
    case "freezeForker":
    case "refused":
    case "silent":
    case "slowNetwork":
      return { ...common, kind, forMs };
    case "blockWorker":
      return { ...common, kind, forMs };
    case "signalWorker":
      return {
        ...common,
        kind,
        signal: draws.pick({ SIGTERM: 2, SIGQUIT: 1, SIGHUP: 1, SIGUSR1: 3, SIGUSR2: 1, SIGCONT: 1 }),
      };
    case "signalForker":
      return {
        ...common,
        kind,
        signal: draws.pick({ SIGTERM: 2, SIGQUIT: 2, SIGUSR1: 3, SIGUSR2: 1, SIGCONT: 1, SIGHUP: 1 }),
      };
    case "refusal": {
      const codes = Object.keys(refusals) as (keyof typeof refusals)[];
      const code = codes.filter((one) => one !== "MAXCLIENTS" && one !== "WRONGTYPE" && one !== "NOAUTH")[
        draws.below(codes.length - 3)
      ];
      return { ...common, kind, code: code ?? "OOM", writesOnly: draws.next() < 0.7, forMs };
    }
    case "inScript":
      return { ...common, kind, command: scriptCommands[draws.below(scriptCommands.length)] ?? "XADD", forMs };
    case "loseAnswers":
      return {
        ...common,
        kind,
        when: draws.next() < 0.5 ? "lose-before" : "lose-after",
        share: draws.next() < 0.5 ? 0.02 : 0.2,
        forMs: Math.min(forMs, 8_000),
      };
    case "cutOff":
      return {
        ...common,
        kind,
        role: draws.next() < 0.8 ? "worker" : "keeper",
        // Often for longer than a lock.
        forMs: draws.next() < 0.5 ? 12_000 + draws.below(longestFaultMs - 12_000) : forMs,
      };
    case "failover":
      return { ...common, kind, loseMs: draws.below(1_000) };
    case "skew":
      return { ...common, kind, byMs: Math.round((draws.next() - 0.5) * 4_000) };
    case "pauseQueue":
    case "limitQueue":
      return { ...common, kind, queue: queues[draws.below(queues.length)] ?? "usual", forMs };
  }
}
