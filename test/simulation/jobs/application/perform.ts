import { setTimeout } from "node:timers/promises";
import type { ForkerJob } from "../../../../src/app/forker-job.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import type { Run } from "../world/ledger.ts";
import type { JobData } from "./job-data.ts";

export interface Place {
  readonly forker: SimulatedForker;
  readonly process: SimulatedProcess;
  /** That holds the lock: the same process, unless the job is isolated. */
  readonly worker: SimulatedProcess;
}

/** One for each job: what waits for a promise is kept as long as the promise, and with it the world. */
async function never(): Promise<never> {
  return await new Promise<never>(() => undefined);
}

/** The processor of every queue: does what the job's data says. */
export async function perform(place: Place, job: ForkerJob, token: string, signal: AbortSignal): Promise<unknown> {
  const { ledger } = place.forker.world;
  const run = ledger.began(place, job, token, signal);
  try {
    const result = await work(place, run, job, token, signal);
    ledger.ended(run, "returned");
    return result;
  } catch (error) {
    ledger.ended(run, signal.aborted && error === signal.reason ? "aborted" : run.says);
    throw error;
  }
}

async function work(
  { forker, process }: Place,
  run: Run,
  job: ForkerJob,
  token: string,
  signal: AbortSignal,
): Promise<unknown> {
  const { DelayedError, WaitingError, WaitingChildrenError, UnrecoverableError } = forker.world.bull.api;
  const { kind, runMs, failures = 0 } = job.data as JobData;
  const isFirst = run.number === 0;
  switch (kind) {
    case "good":
      await untilAborted(runMs, signal);
      return { by: process.pid };
    case "fails":
      await untilAborted(runMs, signal);
      if (job.attemptsMade < failures) throw new Error("this attempt fails");
      return "passed";
    case "unrecoverable":
      run.says = "unrecoverable";
      throw new UnrecoverableError("never again");
    case "poison":
    case "poisonOnce":
      await setTimeout(runMs);
      if (kind === "poisonOnce" && !isFirst) return "survived";
      forker.machine.processEnded(process, { signal: "SIGSEGV" }, "poison");
      return await never();
    case "blocks":
      if (isFirst) process.block(runMs);
      await setTimeout(1);
      return "unblocked";
    case "deaf":
      await setTimeout(runMs);
      return "deaf";
    case "endless":
      return await never();
    case "abortUnrecoverable":
      await untilAborted(runMs, signal).catch(() => {
        run.says = "unrecoverable";
        throw new UnrecoverableError("stopped for good");
      });
      return "ran";
    case "abortReturns":
      await untilAborted(runMs, signal).catch(() => undefined);
      return signal.aborted ? "returned because it was aborted" : "ran";
    case "delays":
      await setTimeout(runMs);
      if (!isFirst) return "delayed";
      run.says = "moved";
      await moved(() => job.moveToDelayed(Date.now() + 1_500, token));
      throw new DelayedError();
    case "waits":
      await setTimeout(runMs);
      if (!isFirst) return "waited";
      run.says = "moved";
      await moved(() => job.moveToWait(token));
      throw new WaitingError();
    case "unmovedDelay":
      run.says = "unmoved";
      throw new DelayedError();
    case "unmovedWait":
      run.says = "unmoved";
      throw new WaitingError();
    case "unmovedChildren":
      run.says = "unmoved";
      throw new WaitingChildrenError();
  }
}

/** As an application that insists: Redis may refuse for a while. */
async function moved(move: () => Promise<unknown>): Promise<void> {
  await move();
}

/** Rejects with the signal's reason. */
async function untilAborted(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    void setTimeout(ms).then(resolve);
  });
}
