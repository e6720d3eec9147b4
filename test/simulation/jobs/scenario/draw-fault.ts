import type { Draws } from "../../../support/draws.ts";
import { refusals } from "../../redis/model-options.ts";
import { queues } from "../application/definition.ts";
import type { JobsFault } from "./scenario.ts";

export const longestFaultMs = 25_000;

/** The kinds of faults of a world: some of them make it hard to see what others should show. */
export const families: Readonly<Record<string, Readonly<Partial<Record<JobsFault["kind"], number>>>>> = {
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
  network: {
    refused: 2,
    silent: 2,
    loseAnswers: 3,
    closeConnections: 2,
    cutOff: 3,
    cutOffForker: 2,
    dieCutOff: 2,
    slowNetwork: 1,
  },
  partitions: { cutOffForker: 4, dieCutOff: 2, killWorker: 2, freezeForker: 1, silent: 1 },
  persistent: {},
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
    cutOffForker: 1,
    dieCutOff: 1,
    failover: 1,
    skew: 1,
    slowNetwork: 1,
    pauseQueue: 1,
    limitQueue: 1,
  },
};

const scriptCommands = ["XADD", "ZADD", "LPUSH", "RPUSH", "HSET", "HINCRBY", "LREM", "ZREM", "DEL"];

/** One of these kinds of faults. */
export function drawFault(
  draws: Draws,
  weights: Readonly<Partial<Record<JobsFault["kind"], number>>>,
  atMs: number,
): JobsFault {
  const kind = draws.pick(weights as Readonly<Record<JobsFault["kind"], number>>);
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
    case "freezeRunner":
    case "blockRunner":
    case "refused":
    case "silent":
    case "slowNetwork":
      return { ...common, kind, forMs };
    case "blockWorker":
      return { ...common, kind, forMs };
    case "killRunner":
      return { ...common, kind, signal: draws.pick({ SIGKILL: 3, SIGTERM: 1 }) };
    case "crashRunner":
      return { ...common, kind, end: draws.pick({ SIGSEGV: 1, SIGABRT: 1, exit: 1 }) };
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
    case "fleetOrder":
      return { ...common, kind, order: "suspend" };
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
    case "cutOffForker":
      return { ...common, kind, forMs: 11_000 + draws.below(longestFaultMs - 11_000) };
    case "dieCutOff": {
      const cutMs = 300 + draws.below(4_000);
      return { ...common, kind, forMs: cutMs, diesAfterMs: draws.below(cutMs) };
    }
    case "refuseConnections":
      return { ...common, kind, code: draws.next() < 0.5 ? "NOAUTH" : "MAXCLIENTS", closes: draws.next() < 0.6, forMs };
    case "slowLink":
      return {
        ...common,
        kind,
        role: draws.next() < 0.85 ? "worker" : "keeper",
        byMs: 20 + draws.below(draws.next() < 0.5 ? 200 : 1_000),
        forMs,
        ...(draws.next() < 0.6 && { diesAfterMs: draws.below(forMs) }),
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
