import type { Job } from "bullmq";
import { eventually } from "./deadline.ts";
import { Forker, type ForkerOptions } from "./forker.ts";

const waitMs = 60_000;

/** A forker with the application of isolated.mjs. */
export async function startIsolated(options: ForkerOptions = {}): Promise<Forker> {
  const forker = await Forker.start({
    file: "isolated.mjs",
    workload: "jobs,plain,many",
    ...options,
    env: { FORKER_ISOLATION: "jobs, man*", ...options.env },
  });
  await forker.ready();
  return forker;
}

/** Waits for the end of a job, and returns it as Redis has it. */
export async function endOf(forker: Forker, id: string, queue = "jobs"): Promise<Job> {
  return await eventually(waitMs, `the end of ${id}`, async () => {
    const job = (await forker.queue(queue).getJob(id)) as Job | undefined;
    return job?.finishedOn === undefined ? undefined : job;
  }).catch((cause: unknown) => {
    throw new Error(`${(cause as Error).message}\n${forker.pid1.transcript}`, { cause });
  });
}

export function workerPids(status: Awaited<ReturnType<Forker["status"]>>): number[] {
  return status.slots.flatMap((slot) => slot.workers.map(({ pid }) => pid));
}
