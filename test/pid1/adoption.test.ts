// An application that creates its own BullMQ Workers runs unchanged: test/fixtures/applications/classic and test/fixtures/applications/bootstrap.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Worker } from "bullmq";
import { Forker, type ForkerOptions } from "../support/forker.ts";
import { entries, recorded } from "../support/ledger.ts";

const classic = { fixture: "applications/classic", file: "worker.js", workload: "" } as const;

async function start(options: ForkerOptions = {}): Promise<Forker> {
  const forker = await Forker.start({ ...classic, ...options });
  await forker.ready();
  return forker;
}

const ways = [
  { engine: "fork", bullMajor: 6 },
  { engine: "fork", bullMajor: 5 },
  { engine: "spawn", bullMajor: 6 },
] as const;

for (const way of ways) {
  describe(`A classic application with BullMQ ${way.bullMajor}, engine ${way.engine}`, { concurrency: false }, () => {
    test("processes its queues, each with its own Worker's options", async () => {
      await using forker = await start(way);
      const mails = await Promise.all([1, 2, 3, 4].map(() => forker.add("mail", {}, "mail")));
      await recorded(forker, "send", 3);
      for (const id of mails) await forker.release(id);
      await recorded(forker, "completed", 4, { queue: "mail" });
      await recorded(forker, "event", 4);
      // removeOnComplete: { count: 2 }
      assert.equal(await forker.queue("mail").getCompletedCount(), 2);
      const { meta } = await forker.queue("mail").getMetrics("completed");
      assert.equal(meta.count, 4);
    });

    test("its listeners hear each end after it is written, with BullMQ's arguments", async () => {
      await using forker = await start(way);
      const id = await forker.add("flaky", { attempts: 2, backoff: { type: "custom" } }, "import");
      const [first, last] = await recorded(forker, "failed", 2, { job: id });
      const { error, failedReason, previous } = { ...first };
      assert.deepEqual(
        { error, failedReason, previous },
        { error: "no such file", failedReason: "no such file", previous: "active" },
      );
      assert.deepEqual([first?.["attemptsMade"], first?.["isLast"]], [1, false]);
      assert.deepEqual([last?.["attemptsMade"], last?.["isLast"]], [2, true]);
      // backoffStrategy: 100 ms after the first attempt
      const attempts = await recorded(forker, "import", 2, { job: id });
      assert.ok((attempts[1]?.at ?? 0) - (attempts[0]?.at ?? 0) >= 100);
      assert.ok(attempts.every((entry) => entry["hasSignal"] === true));

      const done = await forker.add("plain", {}, "import");
      const [completed] = await recorded(forker, "completed", 1, { job: done });
      assert.equal(completed?.["state"], "completed");
      assert.equal(completed?.["previous"], "active");
      assert.equal(completed?.["attemptsMade"], 1);
      assert.equal(typeof completed?.["finishedOn"], "number");
      assert.deepEqual(completed?.["result"], {});
      await recorded(forker, "active", 1, { job: done, previous: "waiting" });
      await recorded(forker, "progress", 1, { job: done, progress: 50 });
      await recorded(forker, "drained", 1, { queue: "import" });
      await recorded(forker, "ready", 1, { queue: "import" });
    });

    test("keeps the limit of its rate", async () => {
      await using forker = await start({ ...way, workload: "2" });
      await Promise.all([1, 2, 3, 4, 5].map(() => forker.add("limited", {}, "limited")));
      const ran = await recorded(forker, "limited", 5);
      const times = ran.map(({ at }) => at).toSorted((a, b) => a - b);
      assert.ok(
        (times[4] ?? 0) - (times[0] ?? 0) >= 900,
        `5 jobs at 2 in 500 ms ran in ${(times[4] ?? 0) - (times[0] ?? 0)} ms`,
      );
    });

    test("runs its sandboxed processor in a process of its own", async () => {
      await using forker = await start(way);
      const id = await forker.add("resize", {}, "thumbnails");
      const [completed] = await recorded(forker, "completed", 1, { job: id });
      const sandbox = (completed?.["result"] as { pid: number } | undefined)?.pid;
      assert.notEqual(sandbox, completed?.pid);
      await recorded(forker, "progress", 1, { job: id, progress: 100 });
      assert.equal(await forker.drained(), 0);
      assert.ok(!forker.pid1.processes().some(({ pid }) => pid === sandbox));
    });

    test("its own listener of TERM runs after the drain, and does not end a running job", async () => {
      await using forker = await start(way);
      const id = await forker.add("mail", {}, "mail");
      await recorded(forker, "send", 1, { job: id });
      forker.pid1.signal("SIGQUIT");
      await forker.loggedWith("changed mode", { to: "draining" });
      assert.deepEqual(await entries(forker, "closing"), []);
      await forker.release(id);
      await recorded(forker, "completed", 1, { job: id });
      const [goodbye] = await recorded(forker, "goodbye");
      assert.deepEqual(goodbye?.["running"], [false, false, false, false]);
      await recorded(forker, "closed", 4);
      assert.equal(await forker.pid1.exitCode(), 0);
    });

    test("a reload replaces its workers, and no job is lost", async () => {
      await using forker = await start(way);
      const held = await forker.add("mail", {}, "mail");
      const [began] = await recorded(forker, "send", 1, { job: held });
      forker.pid1.signal("SIGHUP");
      await forker.release(held);
      await forker.reloaded(2);
      await recorded(forker, "completed", 1, { job: held });
      const next = await forker.add("plain", {}, "import");
      const [after] = await recorded(forker, "completed", 1, { job: next });
      assert.notEqual(after?.pid, began?.pid);
      assert.equal((await entries(forker, "send")).length, 1);
    });
  });
}

describe("An application with Workers of its own", { concurrency: false }, () => {
  test("FORKER_ISOLATION replaces BullMQ's sandbox: each job has a process of its own", async () => {
    await using forker = await start({ env: { FORKER_ISOLATION: "thumbnails" } });
    const pids: unknown[] = [];
    for (let number = 0; number < 2; number++) {
      const id = await forker.add("resize", {}, "thumbnails");
      const [completed] = await recorded(forker, "completed", 1, { job: id });
      pids.push((completed?.["result"] as { pid: number } | undefined)?.pid);
      assert.notEqual(pids.at(-1), completed?.pid);
      await recorded(forker, "progress", 1, { job: id, progress: 100 });
    }
    assert.notEqual(pids[0], pids[1]);
    assert.equal(await forker.drained(), 0);
  });

  test("loads once: the template takes no job, and each worker continues", async () => {
    await using forker = await start({ workload: "3" });
    const loaded = await recorded(forker, "loaded", 3);
    const ready = await recorded(forker, "ready", 3, { queue: "mail" });
    const status = await forker.status();
    const pids = status.slots.flatMap(({ workers }) => workers.map(({ pid }) => pid));
    assert.deepEqual(new Set(ready.map(({ pid }) => pid)), new Set(pids));
    assert.equal(pids.length, 3);
    // The line that records it ran once, in the template, and waited for Redis.
    assert.equal(new Set(loaded.map(({ pid, at }) => `${pid} ${at}`)).size, 1);
    assert.ok(!pids.includes(loaded[0]?.pid ?? 0));
  });

  test("hears the ends that the keeper writes", async () => {
    await using forker = await start({ workload: "2" });
    const id = await forker.add("wait", { attempts: 1 }, "import");
    for (let death = 1; death <= 3; death++) {
      const runs = await recorded(forker, "import", death, { job: id });
      forker.pid1.signalInner(runs.at(-1)?.pid ?? 0, "SIGKILL");
    }
    const [failed] = await recorded(forker, "failed", 1, { job: id });
    assert.match(String(failed?.["error"]), /SIGKILL|signal 9/i);
  });

  test("WORKLOAD selects among its queues, and @C is the concurrency of all of them", async () => {
    await using forker = await start({ workload: "mail,import @2" });
    const ids = await Promise.all([1, 2, 3].map(() => forker.add("mail", {}, "mail")));
    await recorded(forker, "send", 2);
    await forker.add("resize", {}, "thumbnails");
    for (const id of ids) await forker.release(id);
    await recorded(forker, "completed", 3, { queue: "mail" });
    assert.equal(await forker.queue("thumbnails").getWaitingCount(), 1);
    const mails = await entries(forker, "send");
    const completed = await entries(forker, "completed");
    const thirdBegan = mails.map(({ at }) => at).toSorted((a, b) => a - b)[2] ?? 0;
    assert.ok(
      completed.some(({ finishedOn }) => Number(finishedOn) <= thirdBegan),
      "three jobs ran at a time",
    );
  });

  test("a bootstrap that waits for Redis before it creates its Workers continues in each worker", async () => {
    await using forker = await Forker.start({ fixture: "applications/bootstrap", file: "main.mjs", workload: "2" });
    await forker.client.set("greeting", "hello");
    await forker.ready();
    const ready = await recorded(forker, "ready", 2);
    assert.notEqual(ready[0]?.pid, ready[1]?.pid);
    assert.deepEqual(ready[0]?.["isRunning"], [true, false, true]);
    await forker.queue("sums").add("sum", { numbers: [1, 2, 3] }, { jobId: "sum" });
    await forker.queue("late").add("greet", {}, { jobId: "greet" });
    await forker.queue("manual").add("run", {}, { jobId: "run" });
    for (const job of ["sum", "greet", "run"]) {
      const [completed] = await recorded(forker, "completed", 1, { job });
      assert.equal(completed?.["isWorker"], true);
    }
    const results = await Promise.all(
      (["sums", "late", "manual"] as const).map(
        async (queue) => (await forker.queue(queue).getCompleted())[0]?.returnvalue,
      ),
    );
    assert.deepEqual(results, [12, "hello", "ran"]);
    // Each worker process has its own id of each Worker.
    assert.notEqual(ready[0]?.["id" satisfies keyof Worker], ready[1]?.["id"]);
  });

  test("an application whose Workers depend on a reply of Redis creates them in each worker", async () => {
    await using forker = await Forker.start({ fixture: "applications/bootstrap", file: "late.mjs", workload: "" });
    await forker.client.rpush("queues", "one", "two");
    // Until then each start finds no queue in Redis, and the worker has nothing to take.
    await forker.logged("forked workers");
    forker.pid1.signal("SIGHUP");
    await forker.reloaded(2);
    for (const name of ["one", "two"]) {
      await forker.queue(name).add("work", {}, { jobId: name });
      await recorded(forker, "completed", 1, { job: name, result: name });
    }
  });

  test("a definition runs Workers too, and each queue keeps its own processor", async () => {
    await using forker = await Forker.start({ fixture: "applications/mixed", workload: "*" });
    await forker.ready();
    await forker.queue("own").add("work", {}, { jobId: "own" });
    await forker.queue("defined").add("work", {}, { jobId: "defined" });
    const [own] = await recorded(forker, "performed", 1, { job: "own" });
    const [defined] = await recorded(forker, "performed", 1, { job: "defined" });
    assert.deepEqual([own?.["by"], defined?.["by"]], ["Worker", "definition"]);
    // Its hooks are called for both.
    await recorded(forker, "afterPerform", 1, { job: "own" });
    await recorded(forker, "afterPerform", 1, { job: "defined" });
  });

  test("an option that forker ignores is warned of once, by the process that has created the Worker", async () => {
    await using forker = await Forker.start({ fixture: "applications/mixed", workload: "* x2" });
    await forker.ready();
    await forker.queue("own").add("late", {}, { jobId: "late" });
    const { role, option } = await forker.loggedWith("ignored a Worker option", { queue: "late" });
    assert.deepEqual([role, option], ["worker", "skipLockRenewal"]);
    const own = forker.log.filter(({ msg, queue }) => msg === "ignored a Worker option" && queue === "own");
    assert.deepEqual(
      own.map((line) => line["role"]),
      ["template"],
    );
  });

  test("a Worker that forker cannot run throws also in a worker", async () => {
    await using forker = await Forker.start({ fixture: "applications/mixed", workload: "*" });
    await forker.ready();
    await forker.queue("own").add("twice", {}, { jobId: "twice" });
    const [refused] = await recorded(forker, "refused");
    assert.match(String(refused?.["message"]), /^Worker of queue own: expected one for each queue, got a second one/);
    await recorded(forker, "performed", 1, { job: "twice" });
  });
});
