import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FlowProducer } from "bullmq";
import { eventually } from "../support/deadline.ts";
import { Forker, type ForkerOptions } from "../support/forker.ts";

/** What test/fixtures/forker/workers.mjs records in each hook. */
interface HookEntry {
  readonly hook: "afterPerform" | "onFailure";
  readonly id: string;
  readonly data: unknown;
  readonly attemptsMade: number;
  /** The usual condition for a dead-letter queue: `attemptsMade >= opts.attempts`. */
  readonly isLast: boolean;
  readonly returnvalue?: unknown;
  readonly failedReason?: string;
  readonly result?: unknown;
  readonly error?: string;
  /** The job's state in Redis while the hook runs. */
  readonly atm: string | null;
  readonly isFinishedOn: boolean;
  readonly state: string;
  readonly pid: number;
}

async function start(options: ForkerOptions = {}): Promise<Forker> {
  const env = { TEST_RECORDS_HOOKS: "1", ...options.env };
  const forker = await Forker.start({ workload: "jobs", ...options, env });
  await forker.ready();
  await forker.logged("keeper ready");
  return forker;
}

async function hooksOf(forker: Forker, id: string): Promise<HookEntry[]> {
  const entries = await forker.client.lrange("hooks", 0, -1);
  return entries.map((entry) => JSON.parse(entry) as HookEntry).filter((entry) => entry.id === id);
}

/** Resolves with a job's hooks once this number of them has been called. */
async function hooked(forker: Forker, id: string, times = 1): Promise<HookEntry[]> {
  return await eventually(60_000, `${times} hooks of ${id}`, async () => {
    const entries = await hooksOf(forker, id);
    return entries.length >= times ? entries : undefined;
  }).catch((cause: unknown) => {
    throw new Error(forker.pid1.transcript, { cause });
  });
}

/** After a drain no hook runs, so the number of calls is final. */
async function drainedWith(forker: Forker, id: string, ends: readonly Partial<HookEntry>[]): Promise<void> {
  await hooked(forker, id, ends.length);
  assert.equal(await forker.drained(), 0);
  const entries = await hooksOf(forker, id);
  assert.deepEqual(
    entries.map((entry, at) =>
      Object.fromEntries(Object.keys(ends[at] ?? entry).map((key) => [key, entry[key as keyof HookEntry]])),
    ),
    ends,
  );
}

const failedForGood = { hook: "onFailure", isLast: true, isFinishedOn: true, state: "failed" } as const;
const unsealed = "jobs 500ms/1s";

describe("the hook for a job's end runs when Redis has that end", () => {
  test("of a job that completed", async () => {
    await using forker = await start();
    const id = await forker.add("quick");
    const seen = { result: "done", returnvalue: "done", attemptsMade: 1, atm: "1", isFinishedOn: true };
    await drainedWith(forker, id, [{ hook: "afterPerform", state: "completed", ...seen }]);
  });

  test("of each failed attempt, where attemptsMade identifies the last one", async () => {
    await using forker = await start();
    const id = await forker.add("fails", { attempts: 2, backoff: 100 });
    const seen = { hook: "onFailure", error: "Error: as asked", failedReason: "as asked" } as const;
    await drainedWith(forker, id, [
      { ...seen, attemptsMade: 1, atm: "1", isLast: false, state: "delayed" },
      { ...seen, attemptsMade: 2, atm: "2", isLast: true, isFinishedOn: true, state: "failed" },
    ]);
  });

  test("of a parent that failed with its child", async () => {
    await using forker = await start();
    await using flows = Object.assign(new FlowProducer({ connection: { url: forker.redis.url } }), {
      [Symbol.asyncDispose]: async () => await flows.close(),
    });
    await flows.add({
      name: "quick",
      queueName: "jobs",
      opts: { jobId: "parent" },
      children: [{ name: "fails", queueName: "jobs", opts: { jobId: "child", failParentOnFailure: true } }],
    });
    const [{ error = "" } = {}] = await hooked(forker, "parent");
    assert.match(error, /^UnrecoverableError: child bull:jobs:child failed/);
    await drainedWith(forker, "parent", [{ ...failedForGood, attemptsMade: 1, atm: "1" }]);
  });

  test("of a job whose result cannot be written", async () => {
    await using forker = await start();
    const id = await forker.add("returns what is no JSON");
    const [{ error = "" } = {}] = await hooked(forker, id);
    assert.match(error, /^TypeError: Converting circular structure to JSON/);
    await drainedWith(forker, id, [{ ...failedForGood, attemptsMade: 1, atm: "1" }]);
  });

  test("of a job that stalled too often", async () => {
    await using forker = await start({ env: { FORKER_LOCK_DURATION: "2s" } });
    const { client } = forker;
    // The state in which the second worker that died with this job, on another host, has left it.
    await forker.queue().pause();
    const id = await forker.add("quick");
    await client
      .multi()
      .hset(`bull:jobs:${id}`, "stc", 1)
      .lrem("bull:jobs:wait", 0, id)
      .lrem("bull:jobs:paused", 0, id)
      .lpush("bull:jobs:active", id)
      .sadd("bull:jobs:stalled", id)
      .exec();
    await forker.queue().resume();
    const error = "UnrecoverableError: job stalled more than allowable limit";
    await drainedWith(forker, id, [{ ...failedForGood, error, attemptsMade: 1, atm: "1" }]);
  });

  test("even if the connection broke before Redis had confirmed it", async () => {
    for (const behaviour of ["held", "fails late"]) {
      await using forker = await start({ withProxy: true });
      const id = await forker.add(behaviour);
      await forker.began(id);
      forker.proxy?.loseAnswerTo("lockDuration");
      await forker.release(id);
      await forker.pid1.until("the answer to be lost", () => forker.proxy?.hasLost);
      const hook = behaviour === "held" ? "afterPerform" : "onFailure";
      const state = behaviour === "held" ? "completed" : "failed";
      await drainedWith(forker, id, [{ hook, state, attemptsMade: 1, atm: "1", isLast: true, isFinishedOn: true }]);
    }
  });
});

describe("a worker runs the hook for an end that the keeper wrote", () => {
  test("of a job that three workers died with", async () => {
    await using forker = await start();
    const id = await forker.add("exits", { attempts: 10 });
    const error = "UnrecoverableError: the worker ended with exit code 9; 3 workers died with this job";
    const seen = { hook: "onFailure", error, attemptsMade: 1, atm: "1", isFinishedOn: true, state: "failed" } as const;
    await drainedWith(forker, id, [seen]);
  });

  test("of a job whose options remove it at its end, and passes the job's data", async () => {
    await using forker = await start();
    await forker.queue().add("exits", { of: "value" }, { jobId: "gone", removeOnFail: true });
    const seen = { hook: "onFailure", data: { of: "value" }, attemptsMade: 1, isLast: true, state: "unknown" } as const;
    await drainedWith(forker, "gone", [seen]);
    assert.deepEqual(await forker.client.keys("bull:jobs:gone*"), []);
  });

  test("of each attempt that passed its hard time limit with a blocked event loop", async () => {
    await using forker = await start({ env: { FORKER_TIME_LIMITS: unsealed } });
    const id = await forker.add("spins", { attempts: 2, backoff: 60_000 });
    const error = "JobTimeoutError: job ran for longer than its time limit of 1s";
    const seen = { hook: "onFailure", error, failedReason: error.slice(error.indexOf(" ") + 1) } as const;
    await hooked(forker, id);
    await (await forker.queue().getJob(id))?.promote();
    await drainedWith(forker, id, [
      { ...seen, attemptsMade: 1, atm: "1", isLast: false, state: "delayed" },
      { ...seen, attemptsMade: 2, atm: "2", isLast: true, isFinishedOn: true, state: "failed" },
    ]);
  });

  test("of a job whose process USR1 or stop-job had to end, at once in another worker", async () => {
    await using forker = await start({ workload: "jobs x2" });
    for (const by of ["SIGUSR1", "forker stop-job"]) {
      const id = await forker.add("spins");
      const { pid } = await forker.began(id);
      if (by === "SIGUSR1") forker.pid1.signalInner(pid, by);
      else await forker.subcommand("stop-job", "jobs", id);
      const [entry] = await hooked(forker, id);
      assert.equal(entry?.error, `UnrecoverableError: job stopped by ${by}`);
      assert.deepEqual([entry?.state, entry?.attemptsMade, entry?.isFinishedOn], ["failed", 1, true]);
      assert.notEqual(entry?.pid, pid);
    }
    assert.equal(await forker.drained(), 0);
    assert.equal(await forker.client.llen("hooks"), 2);
  });

  test("of a job whose worker ended the attempt after its own teardown", async () => {
    await using forker = await start({ env: { FORKER_TIME_LIMITS: unsealed } });
    const id = await forker.add("deaf", { attempts: 2, backoff: 60_000 });
    const { pid } = await forker.began(id);
    const [entry] = await hooked(forker, id);
    assert.notEqual(entry?.pid, pid);
    const seen = { hook: "onFailure", attemptsMade: 1, atm: "1", isLast: false, state: "delayed" } as const;
    await drainedWith(forker, id, [seen]);
  });

  test("of a job whose forker was killed as a whole", async () => {
    await using forker = await start();
    const id = await forker.add("deaf");
    for (const times of [1, 2, 3]) {
      await forker.began(id, times);
      await forker.killedAndStartedAgain();
    }
    const error = "UnrecoverableError: forker was killed with all its workers; 3 workers died with this job";
    await drainedWith(forker, id, [{ ...failedForGood, error, attemptsMade: 1 }]);
  });
});

describe("a slow hook", () => {
  test("delays neither the end of its job nor the next job", async () => {
    await using forker = await start();
    await forker.client.set("hold-hook:job-0", "1");
    const id = await forker.add("quick");
    await hooked(forker, id);
    const next = await forker.add("quick");
    await eventually(60_000, "the next job's hook to end", async () => (await forker.client.llen("hooks-ended")) > 0);
    assert.deepEqual(await forker.client.lrange("hooks-ended", 0, -1), [next]);
    await forker.client.del(`hold-hook:${id}`);
    assert.equal(await forker.drained(), 0);
  });

  test("is awaited by a drain", async () => {
    await using forker = await start();
    await forker.client.set("hold-hook:job-0", "1");
    const id = await forker.add("quick");
    await hooked(forker, id);
    forker.pid1.signal("SIGQUIT");
    await forker.loggedWith("received order", { order: "drain" });
    await forker.client.del(`hold-hook:${id}`);
    assert.equal(await forker.pid1.exitCode(60_000), 0);
    assert.deepEqual(await forker.client.lrange("hooks-ended", 0, -1), [id]);
  });

  test("does not extend a stop beyond its limits", async () => {
    await using forker = await start({ env: { FORKER_STOP_TIMEOUT: "500ms" } });
    await forker.client.set("hold-hook:job-0", "1");
    await hooked(forker, await forker.add("quick"));
    forker.pid1.signal("SIGTERM");
    assert.equal(await forker.pid1.exitCode(60_000), 0);
    await forker.pid1.logged(({ msg, jobs }) => msg === "abandoned running hooks" && String(jobs) === "jobs:job-0");
  });
});
