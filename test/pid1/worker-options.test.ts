// BullMQ's Worker options and events in a whole forker, where its processes act for each other.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

const waitMs = 60_000;

/** What test/fixtures/forker/workers.mjs records about its listeners and its back-off strategy. */
interface EventEntry {
  readonly event: "completed" | "failed" | "back-off";
  readonly id: string;
  readonly pid: number;
  readonly attemptsMade: number;
  readonly error?: string;
  readonly result?: unknown;
  readonly failedReason?: string;
  readonly isFinished?: boolean;
  readonly type?: string;
}

async function start(options: object, workload: string, env: Readonly<Record<string, string>> = {}): Promise<Forker> {
  const forker = await Forker.start({ workload, env: { TEST_OPTIONS: JSON.stringify(options), ...env } });
  await forker.ready();
  await forker.logged("keeper ready");
  return forker;
}

async function heard(forker: Forker, id: string, event: EventEntry["event"], times = 1): Promise<EventEntry[]> {
  return await eventually(waitMs, `${event} of ${id}\n${forker.pid1.transcript}`, async () => {
    const entries = (await forker.client.lrange("events", 0, -1)).map((entry) => JSON.parse(entry) as EventEntry);
    const found = entries.filter((entry) => entry.id === id && entry.event === event);
    return found.length >= times ? found : undefined;
  });
}

describe("an attempt that the keeper fails", () => {
  const custom = { attempts: 3, backoff: { type: "ours" } };
  const limits = { FORKER_TIME_LIMITS: "jobs 300ms/600ms" };

  test("waits as long as the application's back-off strategy says, which a living worker calls once", async () => {
    await using forker = await start({}, "jobs x2", limits);
    const id = await forker.add("spins", custom);
    const { pid } = await forker.began(id);
    const [failed] = await heard(forker, id, "failed");
    const [asked, ...more] = await heard(forker, id, "back-off");
    assert.deepEqual(more, []);
    assert.notEqual(asked?.pid, pid);
    assert.deepEqual([asked?.attemptsMade, asked?.type], [1, "ours"]);
    assert.match(asked?.error ?? "", /^JobTimeoutError: job ran for longer/);
    assert.deepEqual([failed?.attemptsMade, failed?.isFinished], [1, false]);
    const job = await forker.queue().getJob(id);
    assert.deepEqual([await job?.getState(), job?.delay, job?.attemptsMade], ["delayed", 700_000, 1]);
  });

  test("is retried at once if no worker of the queue answers", async () => {
    await using forker = await start({ mute: true }, "jobs x2", limits);
    const id = await forker.add("spins", { ...custom, attempts: 2 });
    await forker.began(id, 2);
    await forker.loggedWith("retried job at once: no worker could call its back-off strategy in time", { job: id });
  });
});

describe("a job that dies with its worker", () => {
  test("fails at the first death with maxStalledCount 0, and a living worker hears of it once", async () => {
    await using forker = await start({ maxStalledCount: 0, removeOnFail: { count: 0 } }, "jobs x2");
    const id = await forker.add("exits");
    const [failed, ...more] = await heard(forker, id, "failed");
    assert.deepEqual(more, []);
    assert.match(failed?.failedReason ?? "", /1 worker died with this job/);
    assert.deepEqual([failed?.attemptsMade, failed?.isFinished], [1, true]);
    assert.equal(await forker.queue().getJob(id), undefined);
    assert.equal(await forker.drained(), 0);
    assert.equal((await heard(forker, id, "failed")).length, 1);
  });
});
