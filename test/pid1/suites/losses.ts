import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { eventually } from "../../support/deadline.ts";
import { Forker } from "../../support/forker.ts";

export function lossesSuite(engine: Settings["engine"]): void {
  describe(`nothing is lost, ${engine} engine`, () => {
    test("a worker that is killed: its job is done by another at no cost to its attempts, and all is accounted for", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.logged(`handed back jobs:${id}`);
      await forker.began(id, 2);
      await forker.release(id);
      await forker.finished(id);
      await completed(forker, id);
      const job = await forker.queue().getJob(id);
      assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [1, 0]);
      assert.equal(await forker.drained(), 0);
    });

    test("a prioritized job goes back to its own place, and an idle worker hears of it", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held", { priority: 5 });
      await forker.began(id);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      assert.equal((await forker.queue().getJob(id))?.priority, 5);
      await forker.began(id, 2);
    });

    test("a job that its worker does not survive fails with the reason at the third death", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("exits", { attempts: 10 });
      await ended(forker, id, "failed");
      const job = await forker.queue().getJob(id);
      assert.equal(job?.failedReason, "the worker ended with exit code 9; 3 workers died with this job");
      await forker.logged(`failed jobs:${id}`);
      await forker.finished(await forker.add("quick"));
      assert.equal(await forker.drained(), 0);
    });

    test("a forker that is killed as a whole: the next on its host hands back what it held, at no cost", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      // The kernel closes the sockets of PID 1 before it kills the others: who hears of that might hand its job back itself.
      const ids = [await forker.add("deaf"), await forker.add("deaf")];
      for (const id of ids) await forker.began(id);
      await forker.killedAndStartedAgain();
      await forker.logged("of a forker that was here before and did not end by itself");
      for (const id of ids) {
        await forker.began(id, 2);
        const job = await forker.queue().getJob(id);
        assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
        await forker.release(id);
        await completed(forker, id);
      }
      assert.equal(await forker.drained(), 0);
    });

    test("a job that takes the whole forker along: its neighbour runs without it, and it alone fails at the third", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      const ids = [await forker.add("deaf", { attempts: 5 }), await forker.add("deaf", { attempts: 5 })];
      for (const times of [1, 2]) {
        for (const id of ids) await forker.began(id, times);
        await forker.killedAndStartedAgain();
      }
      await forker.logged("waits for its turn: 2 workers died with it");
      const neighbour = (await Promise.race(ids.map((id) => forker.began(id, 3)))).id;
      const poison = ids.find((id) => id !== neighbour) ?? "";
      assert.equal(await forker.queue().getJobState(poison), "active");
      await forker.release(neighbour);
      await completed(forker, neighbour);
      await forker.began(poison, 3);
      const entries = (await forker.ledger()).map(({ id, what }) => `${id} ${what}`);
      assert.ok(entries.indexOf(`${neighbour} ended`) < entries.lastIndexOf(`${poison} began`));
      await forker.killedAndStartedAgain();
      await ended(forker, poison, "failed");
      assert.equal(
        (await forker.queue().getJob(poison))?.failedReason,
        "forker was killed with all its workers; 3 workers died with this job",
      );
      assert.equal(await forker.drained(), 0);
    });

    test("what a killed forker held is not taken for stalled by the next, also when its lock is over", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const id = await forker.add("deaf");
      await forker.began(id);
      await forker.killedAndStartedAgain(async () => {
        await forker.client.del(`bull:jobs:${id}:lock`, "bull:jobs:stalled-check");
        await forker.client.sadd("bull:jobs:stalled", id);
      });
      await forker.began(id, 2);
      assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
      await forker.logged(`handed back jobs:${id} of a forker that was here before`);
    });

    test("a drain hands back what waits for its turn", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2", env: { FORKER_DRAIN_TIMEOUT: "1s" } });
      const ids = [await forker.add("deaf"), await forker.add("deaf")];
      for (const times of [1, 2]) {
        for (const id of ids) await forker.began(id, times);
        await forker.killedAndStartedAgain();
      }
      await Promise.race(ids.map((id) => forker.began(id, 3)));
      assert.equal(await forker.drained(), 0);
      assert.deepEqual(await Promise.all(ids.map((id) => forker.queue().getJobState(id))), ["waiting", "waiting"]);
    });

    test("a keeper that is killed during a drain is replaced: a job that blocks its worker keeps its lock", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", env: { FORKER_LOCK_DURATION: "2s" } });
      await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      const id = await forker.add("spins");
      await forker.began(id);
      forker.pid1.signal("SIGQUIT");
      await forker.logged("asked to drain");
      const from = forker.log.length;
      forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
      await forker.logged("keeper ready", from);
      await forker.logged(`renewed the lock of jobs:${id}`, from);
      assert.notEqual(await forker.client.get(`bull:jobs:${id}:lock`), null);
      forker.pid1.signal("SIGTERM");
      forker.pid1.signal("SIGTERM");
    });

    test("a job that cannot be read fails with the reason, and harms no other", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      forker.pid1.signal("SIGUSR2");
      await forker.until("suspension", ({ slots }) => slots[0]?.workers[0]?.mode === "suspended");
      const innocent = [await forker.add("quick")];
      const broken = new Map<string, string>();
      for (const field of ["data", "opts", "progress", "parent"]) {
        const id = await forker.add("quick");
        await forker.client.hset(`bull:jobs:${id}`, field, '{"x": NaN}');
        broken.set(id, field);
        innocent.push(await forker.add("quick"));
      }
      forker.pid1.signal("SIGCONT");
      for (const [id, field] of broken) {
        // With the one before it, as the next of the same step, or by itself.
        await eventually(30_000, `the job without ${field} to fail`, async () => {
          const reason = await forker.client.hget(`bull:jobs:${id}`, "failedReason");
          return reason === `the job's ${field} cannot be read: it is not JSON`;
        });
      }
      for (const id of innocent) await completed(forker, id);
      assert.deepEqual(await forker.client.lrange("bull:jobs:active", 0, -1), []);
      assert.equal(await forker.drained(), 0);
    });

    test("a job that its worker does not survive takes the jobs beside it along once, and not again", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs @4" });
      await forker.ready();
      await forker.logged("keeper ready");
      const beside = await Promise.all([0, 1, 2].map(() => forker.add("held")));
      for (const id of beside) await forker.began(id);
      const poison = await forker.add("exits");
      await forker.logged(/^handed back .*of a worker that is no more$/);
      for (const id of beside) await forker.release(id);
      await ended(forker, poison, "failed");
      for (const id of beside) await completed(forker, id);
      const entries = await forker.ledger();
      const begun = (id: string) => entries.filter((entry) => entry.id === id && entry.what === "began").length;
      assert.deepEqual([...beside, poison].map(begun), [2, 2, 2, 3]);
      assert.equal(await forker.drained(), 0);
    });

    test("a job that blocks its event loop for longer than its lock runs once", async () => {
      await using forker = await Forker.start({
        engine,
        workload: "jobs x2",
        env: { FORKER_LOCK_DURATION: "2s" },
      });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("blocks");
      await forker.finished(id);
      await completed(forker, id);
      const entries = await forker.ledger();
      assert.deepEqual(
        entries.map(({ what }) => what),
        ["began", "ended"],
      );
      assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
    });

    test("what a worker did to the last is counted, also when it is killed in the next moment", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      const pid = before.slots[0]?.workers[0]?.pid ?? 0;
      const ids = await Promise.all(Array.from({ length: 20 }, async () => await forker.add("quick")));
      const held = await forker.add("spins");
      await forker.began(held);
      const { slots } = await forker.until("the job that blocks the worker", (status) =>
        Boolean(status.slots[0]?.workers[0]?.holding.some(({ id }) => id === held)),
      );
      assert.equal(slots[0]?.finished, ids.length);
      forker.pid1.signalInner(pid, "SIGKILL");
      await forker.logged(`handed back jobs:${held}`);
      const { totals } = await forker.status();
      assert.equal(totals.finished, ids.length);
    });

    test("USR1 ends a job whose event loop is blocked, and its worker is replaced", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("spins", { attempts: 3 });
      await forker.began(id);
      forker.pid1.signal("SIGUSR1");
      await ended(forker, id, "failed");
      const job = await forker.queue().getJob(id);
      assert.equal(job?.failedReason, "job stopped by SIGUSR1");
      await forker.finished(await forker.add("quick"));
      assert.equal((await forker.ledger()).filter((entry) => entry.id === id).length, 1);
      assert.equal(await forker.drained(), 0);
    });

    test("USR1 to the pid of a worker that is blocked ends its job, TERM hands it back; its neighbour stays", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      await forker.ready();
      await forker.logged("keeper ready");
      const neighbour = await forker.add("held");
      await forker.began(neighbour);
      const stopped = await forker.add("spins", { attempts: 3 });
      forker.pid1.signalInner((await forker.began(stopped)).pid, "SIGUSR1");
      await ended(forker, stopped, "failed");
      assert.equal((await forker.queue().getJob(stopped))?.failedReason, "job stopped by SIGUSR1");
      const returned = await forker.add("spins");
      forker.pid1.signalInner((await forker.began(returned)).pid, "SIGTERM");
      const { pid } = await forker.began(returned, 2);
      const job = await forker.queue().getJob(returned);
      assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
      forker.pid1.signalInner(pid, "SIGUSR1");
      await ended(forker, returned, "failed");
      await forker.release(neighbour);
      await completed(forker, neighbour);
      assert.equal((await forker.ledger()).filter(({ id }) => id === neighbour).length, 2);
      assert.equal(await forker.drained(), 0);
    });

    test("a job that was told to stop is handed back, or tried again, if that was asked for", async () => {
      for (const stopped of ["handback", "retry"]) {
        await using forker = await Forker.start({ engine, workload: "jobs", env: { FORKER_STOPPED: stopped } });
        await forker.ready();
        await forker.logged("keeper ready");
        const id = await forker.add("spins", { attempts: 3 });
        await forker.began(id);
        forker.pid1.signal("SIGUSR1");
        await forker.began(id, 2);
        const job = await forker.queue().getJob(id);
        assert.equal(job?.attemptsMade, stopped === "retry" ? 1 : 0, stopped);
      }
    });

    test("stop-job stops one job and no other, also one that blocks its event loop", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x3" });
      await forker.ready();
      await forker.logged("keeper ready");
      const [obeys, spins, other] = [await forker.add("held"), await forker.add("spins"), await forker.add("held")];
      for (const id of [obeys, spins, other]) await forker.began(id);
      assert.equal(await forker.subcommand("stop-job", "jobs", obeys), `stopped jobs:${obeys}\n`);
      assert.equal(await forker.subcommand("stop-job", "jobs", spins), `stopped jobs:${spins}\n`);
      for (const id of [obeys, spins]) await ended(forker, id, "failed");
      assert.equal((await forker.queue().getJob(spins))?.failedReason, "job stopped by forker stop-job");
      await assert.rejects(forker.subcommand("stop-job", "jobs", obeys), { code: 68 });
      await forker.queue().add("held", {}, { jobId: "-vip" });
      await forker.began("-vip");
      assert.equal(await forker.subcommand("stop-job", "jobs", "-vip"), "stopped jobs:-vip\n");
      await forker.release(other);
      await ended(forker, other, "completed");
    });

    test("a job that passes its time limit fails, whether it obeys, ignores its signal, or blocks", async () => {
      const env = { FORKER_TIME_LIMITS: "jobs 500ms/1s" };
      await using forker = await Forker.start({ engine, workload: "jobs x3", env });
      await forker.ready();
      await forker.logged("keeper ready");
      const ids = [await forker.add("held"), await forker.add("deaf"), await forker.add("spins", { attempts: 2 })];
      for (const id of ids) await ended(forker, id, "failed");
      for (const id of ids) {
        const job = await forker.queue().getJob(id);
        assert.match(job?.failedReason ?? "", /^job ran for longer than its time limit of (500ms|1s)$/);
        assert.equal(job?.attemptsMade, id === ids[2] ? 2 : 1);
      }
      await forker.finished(await forker.add("quick"));
      assert.equal(await forker.drained(), 0);
    });

    test("a job that is failed with its worker, at the hard limit, is counted", async () => {
      const env = { FORKER_TIME_LIMITS: "jobs 500ms/1s" };
      await using forker = await Forker.start({ engine, workload: "jobs", env });
      await forker.ready();
      await ended(forker, await forker.add("deaf"), "failed");
      await forker.finished(await forker.add("quick"));
      assert.equal((await forker.status()).totals.failed, 1);
    });

    test("a keeper that is killed is replaced, and hands back what is owed by then", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.began(id, 2);
    });

    test("a keeper that is stopped is replaced, and its successor hands back", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      const from = forker.log.length;
      forker.pid1.signalInner(Number(keeperPid), "SIGSTOP");
      await forker.logged("it has not been heard of", from);
      const successor = await forker.logged("keeper ready", from);
      assert.notEqual(successor.keeperPid, keeperPid);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.began(id, 2);
    });

    test("the connection breaks before Redis's answer with a job in it: the job runs all the same, once", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", withProxy: true });
      await forker.ready();
      forker.proxy?.loseAnswerTo("lockDuration");
      const id = await forker.add("quick");
      await forker.finished(id);
      assert.equal(forker.proxy?.hasLost, true);
      await completed(forker, id);
      assert.equal((await forker.ledger()).length, 2);
      assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
      assert.equal(await forker.drained(), 0);
    });

    test("the answer that is lost says that a job is completed, and has the next one in it: both run once", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", withProxy: true });
      await forker.ready();
      const first = await forker.add("held");
      await forker.began(first);
      const second = await forker.add("quick");
      forker.proxy?.loseAnswerTo("lockDuration");
      await forker.release(first);
      await forker.finished(second);
      assert.equal(forker.proxy?.hasLost, true);
      await completed(forker, first);
      await completed(forker, second);
      assert.equal((await forker.ledger()).length, 4);
      assert.equal(await forker.drained(), 0);
    });

    test("a job whose processor ignores its signal begins elsewhere only when its process has nothing left to do", async () => {
      const env = { FORKER_STOPPED: "handback", FORKER_STOP_TIMEOUT: "500ms", TEST_SLOW_TEARDOWN: "1000" };
      await using forker = await Forker.start({ engine, workload: "jobs x2", env });
      await forker.ready();
      const id = await forker.add("deaf");
      const { pid } = await forker.began(id);
      forker.pid1.signalInner(pid, "SIGUSR1");
      await forker.began(id, 2);
      assert.deepEqual(await forker.client.lrange("torn-down", 0, -1), [String(pid)]);
      await forker.release(id);
      await completed(forker, id);
      assert.equal(await forker.drained(), 0);
    });

    test("a worker that ends while Redis has not answered it: what it was given is looked for", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", withProxy: true });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const { promise: during, resolve: letGo } = Promise.withResolvers<void>();
      forker.proxy?.loseAnswerTo("lockDuration", () => void forker.proxy?.refuse(() => during));
      const id = await forker.add("quick");
      await forker.pid1.until("the answer to be lost", () => forker.proxy?.hasLost);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGTERM");
      await forker.logged("worker ended");
      letGo();
      await forker.finished(id);
      await completed(forker, id);
      assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
    });

    test("Redis is away when a worker dies: its job is handed back when it returns", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      await forker.client.save();
      await forker.redis.kill();
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.logged("died of SIGKILL");
      await forker.redis.start();
      await forker.began(id, 2);
    });
  });
}

async function completed(forker: Forker, id: string): Promise<void> {
  await ended(forker, id, "completed");
}

async function ended(forker: Forker, id: string, state: "completed" | "failed"): Promise<void> {
  const isThere = async () => (await forker.queue().getJobState(id)) === state;
  await eventually(30_000, `job ${id} ${state}`, isThere).catch((cause: unknown) => {
    throw new Error(forker.pid1.transcript, { cause });
  });
}
