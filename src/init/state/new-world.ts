import { noJobs } from "./job-list.ts";
import type { World } from "./world.ts";

/** The world before init has started anything: it wants a first load. */
export function newWorld(): World {
  return {
    phase: "booting",
    exit: undefined,
    drainDeadline: Infinity,
    waiters: 0,
    exitAt: undefined,
    latestExitAt: Infinity,
    current: undefined,
    candidate: undefined,
    reloadWanted: true,
    nextGeneration: 1,
    nextId: 1,
    extraWorkers: 0,
    suspended: false,
    hasStarted: false,
    isUp: false,
    thawedAt: -Infinity,
    upAt: Infinity,
    templateNotBefore: 0,
    templateFailures: 0,
    brokenTemplates: 0,
    slots: [],
    templates: [],
    workers: [],
    runners: [],
    keeper: undefined,
    quarantined: { ...noJobs, queues: [] },
    quarantineDeadline: Infinity,
    keeperNotBefore: 0,
    keeperFailures: 0,
    handBackOrders: [],
    pendingEnds: [],
    retryDelays: [],
    staleQueues: { queues: [], toldAt: -Infinity },
    account: { finished: 0, failed: 0, handedBack: noJobs, lost: noJobs },
    oomKills: 0,
  };
}
