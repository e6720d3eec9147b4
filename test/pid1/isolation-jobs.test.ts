// Each job of an isolated queue runs in a process of its own, with the same Job as without isolation.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import type { Forker } from "../support/forker.ts";
import { endOf, startIsolated, workerPids } from "../support/isolation.ts";

const waitMs = 60_000;

async function events(forker: Forker, id: string, event: string): Promise<Record<string, unknown>> {
  return await eventually(waitMs, `${event} of ${id}`, async () => {
    const all = (await forker.client.lrange("events", 0, -1)).map((one) => JSON.parse(one) as Record<string, unknown>);
    return all.find((one) => one["id"] === id && one["event"] === event);
  });
}

describe("an isolated job", () => {
  test("runs in a process of its own, which the next job does not share", async () => {
    await using forker = await startIsolated();
    const workers = workerPids(await forker.status());
    const pids = new Set<number>();
    for (let number = 0; number < 3; number++) {
      const { returnvalue } = await endOf(forker, await forker.add("quick"));
      assert.equal(returnvalue.count, 1);
      assert.ok(!workers.includes(returnvalue.pid));
      pids.add(returnvalue.pid);
    }
    assert.equal(pids.size, 3);
    const { returnvalue } = await endOf(forker, await forker.add("quick", {}, "plain"), "plain");
    assert.ok(workers.includes(returnvalue.pid), "a queue that is not isolated");
    assert.equal(await forker.drained(), 0);
  });

  test("leaves nothing behind: working directory, environment, prototypes, timers, child processes", async () => {
    await using forker = await startIsolated();
    const first = await endOf(forker, await forker.add("pollutes"));
    const second = await endOf(forker, await forker.add("quick"));
    assert.notEqual(second.returnvalue.cwd, "/");
    assert.equal(second.returnvalue.env, undefined);
    assert.equal(second.returnvalue.polluted, false);
    await eventually(waitMs, "the end of the first runner", async () =>
      forker.pid1.processes().every(({ pid, name }) => pid !== first.returnvalue.pid && name !== "sleep")
        ? true
        : undefined,
    );
  });

  test("hears no timer that the application has set before the fork", async () => {
    await using forker = await startIsolated();
    assert.deepEqual((await endOf(forker, await forker.add("counts ticks"))).returnvalue, { ticks: 0 });
    const inWorker = await endOf(forker, await forker.add("counts ticks", {}, "plain"), "plain");
    assert.ok(inWorker.returnvalue.ticks > 0);
  });

  test("has BullMQ's Job with its methods, and the worker's lock", async () => {
    await using forker = await startIsolated();
    const id = await forker.add("reports", {});
    const job = await endOf(forker, id);
    assert.equal(job.failedReason, undefined);
    assert.deepEqual(job.returnvalue, { state: "active", extended: 1, progress: { done: 50 }, queueName: "jobs" });
    assert.deepEqual(job.data, { updated: true });
    assert.deepEqual((await forker.queue().getJobLogs(id)).logs, ["a line"]);
    assert.deepEqual((await events(forker, id, "progress"))["progress"], { done: 50 });
    const completed = await events(forker, id, "completed");
    assert.deepEqual(completed["data"], { updated: true });
    const delayed = await endOf(forker, await forker.add("delays itself"));
    assert.deepEqual([delayed.returnvalue, delayed.attemptsMade], ["came back", 1]);
  });

  test("fails with the error that the processor threw", async () => {
    await using forker = await startIsolated();
    const id = await forker.add("throws an own error", { attempts: 2 });
    const job = await endOf(forker, id);
    assert.deepEqual([job.failedReason, job.attemptsMade], ["as asked", 2]);
    assert.match(job.stacktrace?.[0] ?? "", /isolated\.mjs/);
    const { name, code, cause } = await events(forker, id, "failed");
    assert.deepEqual({ name, code, cause }, { name: "OwnError", code: "E_OWN", cause: "the cause" });
    const final = await endOf(forker, await forker.add("fails for good", { attempts: 5 }));
    assert.deepEqual([final.failedReason, final.attemptsMade], ["no retry", 1]);
    const circular = await endOf(forker, await forker.add("returns what is no JSON"));
    assert.match(circular.failedReason, /circular/);
    const long = await endOf(forker, await forker.add("returns much"));
    assert.equal(String(long.returnvalue).length, 6_000_000);
  });

  test("runs at the same time as others, as the concurrency allows", async () => {
    await using forker = await startIsolated();
    const ids = await Promise.all([1, 2, 3, 4].map(() => forker.add("held", {}, "many")));
    const began = await Promise.all(ids.map((id) => forker.began(id)));
    assert.equal(new Set(began.map(({ pid }) => pid)).size, 4);
    for (const id of ids) await forker.release(id);
    for (const id of ids) assert.equal((await endOf(forker, id, "many")).returnvalue, "released");
  });

  test("appears in status, in its runner's title, and a drain counts it", async () => {
    await using forker = await startIsolated();
    const id = await forker.add("held");
    const { pid } = await forker.began(id);
    const { slots } = await forker.until("a job in a runner and another runner that is ready", (status) => {
      const states = status.slots[0]?.workers[0]?.runners.map(({ state }) => state) ?? [];
      return states.includes("running") && states.includes("ready");
    });
    const runner = slots[0]?.workers[0]?.runners.find(({ state }) => state === "running");
    assert.deepEqual([runner?.pid, runner?.job], [pid, { queue: "jobs", id }]);
    assert.match(await forker.subcommand("status"), new RegExp(`runner ${pid} running on jobs:${id}`));
    const title = forker.pid1.processes().find((one) => one.pid === pid)?.commandLine ?? "";
    assert.match(title, new RegExp(`^forker runner 0 gen 1 processing jobs:${id} since `));
    const drain = forker.begin(["drain", "--wait"]);
    await forker.loggedWith("changed mode", { to: "draining" });
    await forker.release(id);
    assert.equal(await forker.pid1.exitCode(waitMs), 0);
    const { out } = await drain.ended();
    assert.match(out, /finished 1/);
  });

  test("runs after beforePerform, in the same process", async () => {
    await using forker = await startIsolated();
    const id = await forker.add("quick");
    const { pid } = (await endOf(forker, id)).returnvalue;
    const before = (await forker.client.lrange("before", 0, -1)).map((one) => JSON.parse(one));
    assert.deepEqual(before, [{ id, pid }]);
  });
});
