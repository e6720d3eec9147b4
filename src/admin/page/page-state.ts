/**
 * What the page shows. Its events carry this as JSON: the whole of it first, then the differences. It has no null, which a
 * difference uses for what has gone, and instants are in milliseconds since 1970, so that nothing changes while time passes.
 */
export interface PageState {
  readonly forker: PageForker;
  readonly totals: PageTotals;
  /** By `init`, `keeper`, `template 3`, `worker 17`, `runner 18`. */
  readonly processes: Readonly<Record<string, PageProcess>>;
  /** By the slot's number. */
  readonly slots: Readonly<Record<string, PageSlot>>;
  /** By `=` and the queue's name, because a queue may be called `__proto__`. */
  readonly queues: Readonly<Record<string, PageQueue>>;
  /** By a number that grows. The page shows the last ones. */
  readonly events: Readonly<Record<string, PageEvent>>;
}

export interface PageForker {
  readonly host: string;
  readonly version: string;
  readonly node: string;
  readonly startedAt: number;
  readonly phase: "booting" | "running" | "draining" | "stopping";
  readonly isReady: boolean;
  readonly notReadyReason?: string;
  readonly notLiveReason?: string;
  readonly isSuspended: boolean;
  readonly isReloading: boolean;
  readonly generation: number;
  /** `import: 3 workers of 1 to 8`, for each line of the workload whose number of workers changes on demand. */
  readonly ranges?: readonly string[];
  readonly engine?: "fork" | "spawn";
  readonly engineReason?: string;
  /** When a drain hands back what still runs. */
  readonly drainsUntil?: number;
  readonly oomKills: number;
  readonly mayOrder: boolean;
}

export interface PageTotals {
  readonly completed: number;
  readonly failed: number;
  readonly handedBack: number;
  readonly lost: number;
}

export interface PageProcess {
  readonly role: "init" | "keeper" | "template" | "worker" | "spare" | "runner";
  readonly pid?: number;
  /** The key of the process that started it; of a runner, the key of its worker. */
  readonly parent?: string;
  readonly generation?: number;
  readonly slot?: number;
  readonly state: string;
  /** Why it does not do what its state says. */
  readonly trouble?: string;
  /** Why a worker that may take jobs takes none at the moment. */
  readonly pausedBecause?: string;
  readonly jobs?: readonly PageJob[];
  /** How many more jobs it holds than `jobs` names. */
  readonly moreJobs?: number;
  /** Since when a worker has held no job. */
  readonly idleSince?: number;
  readonly completed?: number;
  readonly failed?: number;
  readonly memory?: PageMemory;
}

export interface PageJob {
  readonly queue: string;
  readonly id: string;
  readonly since: number;
  /** How often it has been started, if that is known. */
  readonly starts?: number;
  /** Its processor has ended, and Redis has not accepted the end yet. */
  readonly isEnding?: true;
  /** It has not started. */
  readonly waitsForRunner?: true;
  /** Its names are shortened: it can be stopped only with `forker stop-job`. */
  readonly isShortened?: true;
}

/** In kB. A process that may not be read has only its resident memory. */
export interface PageMemory {
  readonly residentKb: number;
  readonly privateKb?: number;
}

export interface PageSlot {
  readonly spec: string;
  readonly completed: number;
  readonly failed: number;
  readonly restarts: number;
  readonly oomKills: number;
  readonly lastDeath?: string;
  /** Why the slot has no worker. */
  readonly emptyBecause?: string;
}

export interface PageQueue {
  /** How many workers take from it. */
  readonly workers: number;
  readonly running: number;
  /** When the oldest running job started. */
  readonly oldestSince?: number;
  /** As the keeper has counted them. Absent: it could not lately, or does not for this queue. */
  readonly waiting?: number;
  readonly delayed?: number;
  /** In the last five minutes, half of the jobs waited and ran no longer than the first of these; 95 % no longer than the second. */
  readonly waited?: readonly [p50Ms: number, p95Ms: number];
  readonly took?: readonly [p50Ms: number, p95Ms: number];
  /** Since when its first job has waited although a worker could have taken it. */
  readonly staleSince?: number;
}

export interface PageEvent {
  readonly at: number;
  readonly level: "info" | "warn" | "error" | "fatal";
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** When, and how many jobs completed, failed and were handed back per second until then. */
export type Throughput = readonly [at: number, completed: number, failed: number, handedBack: number];
