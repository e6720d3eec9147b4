import assert from "node:assert/strict";
import { eventually } from "./deadline.ts";
import type { Forker } from "./forker.ts";

export async function completed(forker: Forker, id: string): Promise<void> {
  await ended(forker, id, "completed");
}

export async function ended(forker: Forker, id: string, state: "completed" | "failed"): Promise<void> {
  const isThere = async () => (await forker.queue().getJobState(id)) === state;
  await eventually(60_000, `job ${id} ${state}`, isThere).catch((cause: unknown) => {
    throw new Error(forker.pid1.transcript, { cause });
  });
}

export async function assertHandedBack(forker: Forker, id: string): Promise<void> {
  assert.equal(await forker.queue().getJobState(id), "waiting");
  const job = await forker.queue().getJob(id);
  assert.equal(job?.attemptsMade, 0);
  assert.equal(job?.stalledCounter, 0);
}
