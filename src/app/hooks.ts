import type { Logger } from "pino";
import { formatDuration } from "../config/duration.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { within } from "./bounded-wait.ts";
import type { ForkerDefinition, LeavingProcess, WorkerInfo } from "./definition.ts";
import type { ForkerJob } from "./forker-job.ts";
import { reasonOf } from "./reason.ts";

export const teardownTimeoutMs = 5000;

/** User code with limits: each call has a deadline, a defined result when it fails, and its name in the log. */
export interface FencedHooks {
  /** Lets the hot path skip hooks that are not defined. */
  readonly has: {
    readonly afterFork: boolean;
    readonly beforePerform: boolean;
    readonly afterPerform: boolean;
    readonly onFailure: boolean;
    readonly teardown: boolean;
  };
  /** Throws a ForkerError (bootFailure). */
  warmup(): Promise<void>;
  /** Throws a ForkerError (bootFailure): the worker cannot start. */
  afterFork(worker: WorkerInfo): Promise<void>;
  /** Throws what the hook threw, or a DeadlineError: the job fails with it. */
  beforePerform(job: unknown): Promise<void>;
  /** Never throws: logged. */
  afterPerform(job: unknown, result: unknown): Promise<void>;
  /** Never throws: logged. */
  onFailure(job: unknown, error: Error): Promise<void>;
  /** Never throws: logged. */
  teardown(leaving: LeavingProcess, limitMs?: number): Promise<void>;
  /** Changes the logger: a forked worker has its own. */
  logTo(log: Logger): void;
}

type HookName = Exclude<keyof ForkerDefinition, "processors" | "setup">;

export function fenceHooks(definition: ForkerDefinition, hookTimeoutMs: number, initialLog: Logger): FencedHooks {
  let log = initialLog;

  async function call(name: HookName, invoke: () => unknown, teardownMs = teardownTimeoutMs): Promise<void> {
    const [limitMs, limitName] =
      name === "teardown" ? [teardownMs, "its limit"] : [hookTimeoutMs, "FORKER_HOOK_TIMEOUT"];
    // A hook that returned no promise has ended: it needs no timer, which would cost time for every job.
    const outcome = invoke();
    if (!isThenable(outcome)) return;
    await within(limitMs, outcome, () => `${name}() did not end within ${formatDuration(limitMs)} (${limitName})`);
  }

  async function callOrLog(name: HookName, job: unknown, invoke: () => unknown, teardownMs?: number): Promise<void> {
    try {
      await call(name, invoke, teardownMs);
    } catch (cause) {
      log.error({ err: cause, hook: name, ...nameOf(job) }, `${name}() failed: ${reasonOf(cause)}`);
    }
  }

  async function callOrRefuse(name: HookName, invoke: () => unknown): Promise<void> {
    try {
      await call(name, invoke);
    } catch (cause) {
      if (cause instanceof ForkerError) throw cause;
      throw new ForkerError("bootFailure", "ERR_FORKER_HOOK", `${name}() failed: ${reasonOf(cause)}`, { cause });
    }
  }

  const afterForkName = definition.beforeFirstFork === undefined ? "afterFork" : "beforeFirstFork";

  return {
    has: {
      afterFork: definition[afterForkName] !== undefined,
      beforePerform: definition.beforePerform !== undefined,
      afterPerform: definition.afterPerform !== undefined,
      onFailure: definition.onFailure !== undefined,
      teardown: definition.teardown !== undefined,
    },
    warmup: () => callOrRefuse("warmup", () => definition.warmup?.()),
    afterFork: (worker) => callOrRefuse(afterForkName, () => definition[afterForkName]?.(worker)),
    beforePerform: (job) => call("beforePerform", () => definition.beforePerform?.(job as ForkerJob)),
    afterPerform: (job, result) =>
      callOrLog("afterPerform", job, () => definition.afterPerform?.(job as ForkerJob, result)),
    onFailure: (job, error) => callOrLog("onFailure", job, () => definition.onFailure?.(job as ForkerJob, error)),
    teardown: (leaving, limitMs) => callOrLog("teardown", undefined, () => definition.teardown?.(leaving), limitMs),
    logTo: (next) => {
      log = next;
    },
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function nameOf(job: unknown): { queue?: unknown; job?: unknown } {
  if (typeof job !== "object" || job === null) return {};
  const { queueName, id } = job as Partial<ForkerJob>;
  return { queue: queueName, job: id };
}
