import type { HandBackCause } from "./hand-back-cause.ts";
import type { JobCounts } from "./job-counts.ts";
import type { JobStage } from "./job-stage.ts";
import type { JobOutcome } from "./job-times.ts";
import type { JobName, NotTakingReason, WorkerMode } from "./messages.ts";

/** What `forker status --json` prints. Fields are added, never renamed: scripts read them. */
export interface Status {
  readonly pid: number;
  readonly phase: "booting" | "running" | "draining" | "stopping";
  /** Every slot of the workload has a worker that is connected and taking jobs (or suspended, if that was requested). */
  readonly ready: boolean;
  /** What /startupz, /readyz and /livez answer. Its `ready` is stricter: a suspended worker is not ready. */
  readonly health: Health;
  readonly suspended: boolean;
  /** null until the first template has loaded. */
  readonly engine: "fork" | "spawn" | null;
  readonly engineReason: string | null;
  /** The generation that new workers come from; 0 until the first template has loaded. */
  readonly generation: number;
  readonly reloading: boolean;
  readonly uptimeMs: number;
  readonly templates: readonly TemplateStatus[];
  /** null: no keeper is needed, or none is running at the moment. */
  readonly keeper: { readonly pid: number; readonly state: string; readonly memory: ProcessMemory | null } | null;
  /** init's own. */
  readonly memory: ProcessMemory | null;
  readonly slots: readonly SlotStatus[];
  /** The lines of the workload whose number of workers changes on demand (`xMIN..MAX`), in their order. */
  readonly ranges: readonly RangeStatus[];
  /** Workers that are in no slot, and take no jobs until they take over one (FORKER_SPARE). */
  readonly spares: readonly WorkerStatus[];
  /** The first FORKER_METRICS_QUEUES queues that workers take from. `:other`: all others together, if they had jobs. */
  readonly queues: readonly QueueStatus[];
  readonly totals: {
    readonly finished: number;
    readonly failed: number;
    readonly handedBack: number;
    readonly handedBackBy: Readonly<Record<HandBackCause, number>>;
    /** Left to BullMQ's stalled check. */
    readonly lost: number;
  };
  /** From the order to start a worker until it has started. */
  readonly workerStarts: TimesStatus;
  /** forker's processes that the kernel's OOM killer ended. */
  readonly oomKills: number;
  /** Lines of init's log that standard output did not accept. */
  readonly logLinesDropped: number;
}

/** docs/HEALTH.md explains what each is for. */
export interface Health {
  readonly startup: Verdict;
  readonly ready: Verdict;
  readonly live: Verdict;
}

export interface Verdict {
  readonly ok: boolean;
  /** One line for people; null if it is ok. */
  readonly reason: string | null;
  readonly slots: readonly SlotVerdict[];
}

export interface SlotVerdict {
  readonly slot: number;
  /** The pid of the worker that the verdict is about; null if there is none. */
  readonly pid: number | null;
  readonly ok: boolean;
  /** `taking`, `suspended`, `waiting for Redis: …`, `no worker: …` */
  readonly state: string;
  readonly suspended: boolean;
}

export interface TemplateStatus {
  readonly pid: number;
  readonly generation: number;
  readonly state: string;
  readonly memory: ProcessMemory | null;
}

export interface SlotStatus {
  readonly slot: number;
  /** The demand needs no worker here at the moment (`xMIN..MAX`). */
  readonly vacant: boolean;
  /** The worker spec in the grammar of WORKLOAD. */
  readonly spec: string;
  /** More than one during a reload: the worker that drains, and its successor. */
  readonly workers: readonly WorkerStatus[];
  /** The sum over all workers that this slot has had. */
  readonly finished: number;
  readonly failed: number;
  readonly restarts: number;
  /** How the slot's last worker that ended without being asked to ended: `died of SIGKILL (out of memory: cgroup oom_kill)`. */
  readonly lastDeath: string | null;
  readonly oomKills: number;
  /** How late the event loops of its workers have run a timer. */
  readonly loopDelay: TimesStatus;
}

export interface RangeStatus {
  /** The worker spec in the grammar of WORKLOAD, without the number of workers. */
  readonly spec: string;
  /** How many workers there should be now: those that have just been added may still start. */
  readonly workers: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What keeps it from having the workers that it needs; keeper: there is none, and nobody knows how many it needs. null: nothing. */
  readonly heldBy: "memory" | "cpu" | "keeper" | null;
}

export interface QueueStatus {
  readonly queue: string;
  /** By state, as the keeper has counted them in Redis; null: it could not lately. */
  readonly jobs: JobCounts | null;
  /** From when a job is due until its first start. */
  readonly wait: TimesStatus;
  /** Of attempts, by how they ended. */
  readonly duration: Readonly<Record<JobOutcome, TimesStatus>>;
  /** In the last five minutes, estimated from the buckets. null: no job has started or ended. */
  readonly recent: {
    readonly waitMs: { readonly p50: number | null; readonly p95: number | null };
    readonly durationMs: { readonly p50: number | null; readonly p95: number | null };
  };
}

/** Since init has booted. buckets: a count for each bound of src/protocol/histogram.ts, and one for what is beyond the last. */
export interface TimesStatus {
  readonly count: number;
  readonly sumMs: number;
  readonly buckets: readonly number[];
}

export interface HeldJobStatus extends JobName {
  /** Since it started; until then, since the worker took it. */
  readonly runningMs: number;
  readonly stage: JobStage;
}

export interface WorkerStatus {
  readonly pid: number;
  readonly generation: number;
  readonly mode: "starting" | WorkerMode;
  /** Why the worker takes no job at the moment; null: it takes the next one, or there is no board to read that from. */
  readonly notTakingReason: NotTakingReason | null;
  readonly connected: boolean;
  readonly connectionError: string | null;
  readonly queues: readonly string[];
  readonly holding: readonly HeldJobStatus[];
  /** For how long it has held no job; null: it holds one, or there is no board to read that from. */
  readonly idleMs: number | null;
  readonly finished: number;
  readonly failed: number;
  /** From the order to fork (or spawn) the worker to its first message: the full cost of a start. */
  readonly startMs: number | null;
  readonly memory: ProcessMemory | null;
  /** The processes of its isolated jobs, and those that wait for one. */
  readonly runners: readonly RunnerStatus[];
}

export interface RunnerStatus {
  readonly pid: number;
  readonly state: "starting" | "ready" | "running" | "ending";
  /** null: it waits for a job. */
  readonly job: JobName | null;
  readonly memory: ProcessMemory | null;
}

/** From /proc/PID/smaps_rollup, in kB. */
export interface ProcessMemory {
  readonly privateKb: number;
  readonly proportionalKb: number;
  readonly residentKb: number;
}
