import type { JobName, WorkerMode } from "./messages.ts";

/** What `forker status --json` prints. Fields are added, never renamed: scripts read them. */
export interface Status {
  readonly pid: number;
  readonly phase: "booting" | "running" | "draining" | "stopping";
  /** Every slot of the workload has a worker that is connected and taking jobs (or is suspended, as asked). */
  readonly ready: boolean;
  readonly suspended: boolean;
  /** null until the first template has loaded. */
  readonly engine: "fork" | "spawn" | null;
  readonly engineReason: string | null;
  /** The generation that new workers come from; 0 until the first template has loaded. */
  readonly generation: number;
  readonly reloading: boolean;
  readonly uptimeMs: number;
  readonly templates: readonly TemplateStatus[];
  readonly slots: readonly SlotStatus[];
  readonly totals: { readonly finished: number; readonly failed: number; readonly handedBack: number };
}

export interface TemplateStatus {
  readonly pid: number;
  readonly generation: number;
  readonly state: string;
  readonly memory: ProcessMemory | null;
}

export interface SlotStatus {
  readonly slot: number;
  /** The worker spec in WORKLOAD's own grammar. */
  readonly spec: string;
  /** More than one during a reload: the one that drains, and its successor. */
  readonly workers: readonly WorkerStatus[];
  /** Over all workers that this slot has had. */
  readonly finished: number;
  readonly failed: number;
  readonly restarts: number;
}

export interface WorkerStatus {
  readonly pid: number;
  readonly generation: number;
  readonly mode: "starting" | WorkerMode;
  readonly connected: boolean;
  readonly connectionError: string | null;
  readonly queues: readonly string[];
  readonly holding: readonly JobName[];
  readonly finished: number;
  readonly failed: number;
  /** From the order to fork (or spawn) it to its first message: the whole of what a start costs. */
  readonly startMs: number | null;
  readonly memory: ProcessMemory | null;
}

/** From /proc/PID/smaps_rollup, in kB. */
export interface ProcessMemory {
  readonly privateKb: number;
  readonly proportionalKb: number;
  readonly residentKb: number;
}
