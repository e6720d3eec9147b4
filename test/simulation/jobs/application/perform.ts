import { setTimeout } from "node:timers/promises";
import type { ForkerJob } from "../../../../src/app/forker-job.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import type { JobData } from "./job-data.ts";

export interface Place {
  readonly forker: SimulatedForker;
  readonly process: SimulatedProcess;
}

/** The processor of every queue: does what the job's data says. */
export async function perform(
  { forker, process }: Place,
  job: ForkerJob,
  token: string,
  signal: AbortSignal,
): Promise<unknown> {
  const { ledger } = forker.world;
  const data = job.data as JobData;
  const run = ledger.began(process, job, token);
  try {
    await setTimeout(data.runMs);
    void signal;
    return { by: process.pid };
  } finally {
    ledger.returned(run);
  }
}
