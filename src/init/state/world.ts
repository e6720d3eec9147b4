import type { WorkerSpec } from "../../config/workload.ts";
import type { ExitName } from "../../exit/exit-codes.ts";
import type { JobList } from "../../protocol/drain-report.ts";
import type { EndReport, StaleQueue } from "../../protocol/messages.ts";
import type { Candidate, Generation } from "./generation.ts";
import type { HandBackOrder, KeeperProcess, QuarantinedJobs } from "./keeper.ts";
import type { Slot } from "./slot.ts";
import type { Template } from "./template.ts";
import type { Worker } from "./worker.ts";

/** booting: no template has loaded yet. draining and stopping end with init's own end; there is no way back. */
export type Phase = "booting" | "running" | "draining" | "stopping";

/** The end of a job whose hook is still to be called, by a worker. */
export interface PendingEnd {
  readonly number: number;
  readonly report: EndReport;
  /** It was passed on to this one, which has not answered. */
  readonly worker: number | undefined;
}

/** What is left to tell when all is over. */
export interface Account {
  finished: number;
  failed: number;
  handedBack: JobList;
  lost: JobList;
}

/** All that init knows and wants. Changed by events and actions only; reconcile reads it. */
export interface World {
  phase: Phase;
  /** The exit code's name once everything is gone; undefined: decided by the account. */
  exit: ExitName | undefined;
  drainDeadline: number;
  /** How many subcommands wait to be told that the drain is over. */
  waiters: number;
  /** Set when they were told: init's end comes a moment after theirs. */
  exitAt: number | undefined;
  current: Generation | undefined;
  candidate: Candidate | undefined;
  /** A HUP that came while a reload was going on. */
  reloadWanted: boolean;
  nextGeneration: number;
  nextId: number;
  /** TTIN and TTOU: copies of the last spec more, or fewer. */
  extraWorkers: number;
  suspended: boolean;
  /** Whether any worker ever got as far as `started`. */
  hasStarted: boolean;
  /** Every slot of an adopted generation once had a worker that had started: never false again. */
  isUp: boolean;
  /** When init ran again after it had been frozen itself, with all that it looks at. */
  thawedAt: number;
  /** Since when; Infinity: it is not. */
  upAt: number;
  /** No new template of the current generation before then, and how often one failed in a row. */
  templateNotBefore: number;
  templateFailures: number;
  /** How many in a row were asked to fork, and no worker came to life. */
  brokenTemplates: number;
  readonly slots: Slot[];
  readonly templates: Template[];
  readonly workers: Worker[];
  keeper: KeeperProcess | undefined;
  /** Orphaned jobs that the keeper holds in quarantine, whichever keeper it is: init waits for them until the deadline, and no longer. */
  quarantined: QuarantinedJobs;
  quarantineDeadline: number;
  keeperNotBefore: number;
  keeperFailures: number;
  readonly handBackOrders: HandBackOrder[];
  /** In the order in which they were written. */
  pendingEnds: readonly PendingEnd[];
  /** What the keeper told last of queues from which nobody takes, and when. */
  staleQueues: { readonly queues: readonly StaleQueue[]; readonly toldAt: number };
  readonly account: Account;
  /** Workers, templates and keepers that the kernel's OOM killer ended. */
  oomKills: number;
}

/** The specs of the slots that there should be now: the workload's, with TTIN's and TTOU's changes; never none. */
export function wantedSpecs(world: World): readonly WorkerSpec[] {
  const specs = world.current?.specs ?? [];
  const last = specs.at(-1);
  if (last === undefined) return [];
  const wanted = Math.max(1, specs.length + world.extraWorkers);
  return Array.from({ length: wanted }, (_, slot) => specs[slot] ?? last);
}

export function isUserOfWorkers({ current, candidate }: World, uid: number): boolean {
  return uid === current?.user.uid || uid === candidate?.loaded?.user.uid;
}

export function slotOf(world: World, index: number): Slot {
  while (world.slots.length <= index) {
    world.slots.push({
      suspended: world.suspended,
      failures: 0,
      startFailures: 0,
      earlyEnds: 0,
      replacements: 0,
      replaceNotBefore: -Infinity,
      notBefore: 0,
      finished: 0,
      failed: 0,
      restarts: 0,
      lastDeath: undefined,
      oomKills: 0,
    });
  }
  return world.slots[index] as Slot;
}
