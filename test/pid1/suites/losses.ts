import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/config/settings.ts";
import { eventually } from "../../support/deadline.ts";
import { Forker } from "../../support/forker.ts";

export function lossesSuite(engine: Settings["engine"]): void {
  describe(`nothing is lost, ${engine} engine`, () => {
    test("when a worker is killed: another runs its job at no cost to its attempts, and every job is accounted for", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.loggedWith("handed back jobs of a dead worker", { jobs: new RegExp(`jobs:${id}\\b`) });
      await forker.began(id, 2);
      await forker.release(id);
      await forker.finished(id);
      await completed(forker, id);
      const job = await forker.queue().getJob(id);
      assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [1, 0]);
      assert.equal(await forker.drained(), 0);
    });

    test("when a prioritized job is handed back: it keeps its place, and an idle worker learns of it", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held", { priority: 5 });
      await forker.began(id);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      assert.equal((await forker.queue().getJob(id))?.priority, 5);
      await forker.began(id, 2);
    });

    test("when a job kills its workers: it fails with the reason at the third death", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("exits", { attempts: 10 });
      await ended(forker, id, "failed");
      const job = await forker.queue().getJob(id);
      assert.equal(job?.failedReason, "the worker ended with exit code 9; 3 workers died with this job");
      await forker.loggedWith("failed jobs of a dead worker", { jobs: new RegExp(`jobs:${id}\\b`) });
      await forker.finished(await forker.add("quick"));
      assert.equal(await forker.drained(), 0);
    });

    test("when a forker is killed as a whole: the next one on its host hands back its jobs at no cost", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      // The kernel closes the sockets of PID 1 before it kills the others: a worker that notices might hand its job back itself.
      const ids = [await forker.add("deaf"), await forker.add("deaf")];
      for (const id of ids) await forker.began(id);
      await forker.killedAndStartedAgain();
      await forker.logged("handed back orphaned jobs of an earlier instance");
      for (const id of ids) {
        await forker.began(id, 2);
        const job = await forker.queue().getJob(id);
        assert.deepEqual([job?.attemptsMade, job?.stalledCounter], [0, 0]);
        await forker.release(id);
        await completed(forker, id);
      }
      assert.equal(await forker.drained(), 0);
    });

    test("when a job kills the whole forker: the other job runs without it, and it alone fails at the third death", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs x2" });
      const ids = [await forker.add("deaf", { attempts: 5 }), await forker.add("deaf", { attempts: 5 })];
      for (const times of [1, 2]) {
        for (const id of ids) await forker.began(id, times);
        await forker.killedAndStartedAgain();
      }
      assert.equal((await forker.logged("quarantined job"))["deaths"], 2);
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

    test("when the next forker finds the jobs of a killed one: they do not count as stalled, even if a lock has expired", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const id = await forker.add("deaf");
      await forker.began(id);
      await forker.killedAndStartedAgain(async () => {
        await forker.client.del(`bull:jobs:${id}:lock`, "bull:jobs:stalled-check");
        await forker.client.sadd("bull:jobs:stalled", id);
      });
      await forker.began(id, 2);
      assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
      await forker.loggedWith("handed back orphaned jobs of an earlier instance", {
        jobs: new RegExp(`jobs:${id}\\b`),
      });
    });

    test("when a drain begins: it hands back the quarantined jobs", async () => {
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

    test("when a keeper is killed during a drain: it is replaced, and a job that blocks its worker keeps its lock", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      const id = await forker.add("spins");
      await forker.began(id);
      forker.pid1.signal("SIGQUIT");
      await forker.loggedWith("received order", { order: "drain" });
      const from = forker.log.length;
      forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
      await forker.loggedWith("keeper exited", { keeperPid }, from);
      // Less than half of its 30 s, so the renewal is due, and more than the next keeper needs to start on a busy machine.
      const lock = `bull:jobs:${id}:lock`;
      const leftMs = 14_000;
      assert.equal(await forker.client.pexpire(lock, leftMs), 1);
      await forker.logged("keeper ready", from);
      assert.equal((await forker.logged("renewed the lock of a busy worker", from))["job"], id);
      assert.ok((await forker.client.pttl(lock)) > leftMs);
      forker.pid1.signal("SIGTERM");
      forker.pid1.signal("SIGTERM");
    });

    test("when a job cannot be read: it fails with the reason and harms no other", async () => {
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
        // The worker takes the job together with the one before it, as the next of the same step, or by itself.
        await eventually(30_000, `the job without ${field} to fail`, async () => {
          const reason = await forker.client.hget(`bull:jobs:${id}`, "failedReason");
          return reason === `the job's ${field} cannot be read: it is not JSON`;
        });
      }
      for (const id of innocent) await completed(forker, id);
      assert.deepEqual(await forker.client.lrange("bull:jobs:active", 0, -1), []);
      assert.equal(await forker.drained(), 0);
    });

    test("when a job kills its worker: the other jobs of that worker are affected once, and not again", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs @4" });
      await forker.ready();
      await forker.logged("keeper ready");
      const beside = await Promise.all([0, 1, 2].map(() => forker.add("held")));
      for (const id of beside) await forker.began(id);
      const poison = await forker.add("exits");
      await forker.logged("handed back jobs of a dead worker");
      for (const id of beside) await forker.release(id);
      await ended(forker, poison, "failed");
      for (const id of beside) await completed(forker, id);
      const entries = await forker.ledger();
      const begun = (id: string) => entries.filter((entry) => entry.id === id && entry.what === "began").length;
      assert.deepEqual([...beside, poison].map(begun), [2, 2, 2, 3]);
      assert.equal(await forker.drained(), 0);
    });

    test("when a job blocks its event loop for longer than its lock: it runs once", async () => {
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

    test("when a worker is killed: what it did up to that moment is counted", async () => {
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
      await forker.loggedWith("handed back jobs of a dead worker", { jobs: new RegExp(`jobs:${held}\\b`) });
      const { totals } = await forker.status();
      assert.equal(totals.finished, ids.length);
    });

    test("when USR1 ends a job that blocks its event loop: its worker is replaced", async () => {
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

    test("when a blocked worker is signalled by its pid: USR1 ends its job, TERM hands it back, and its neighbour stays", async () => {
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

    test("when a job is being stopped: it is handed back or retried, if that was requested", async () => {
      for (const stopped of ["handback", "retry"]) {
        await using forker = await Forker.start({ engine, workload: "jobs", env: { FORKER_STOPPED_JOBS: stopped } });
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

    test("when stop-job stops a job, even one that blocks its event loop: no other job is stopped", async () => {
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

    test("when a job passes its time limit: it fails whether it obeys, ignores its signal, or blocks", async () => {
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

    test("when a job fails with its worker at the hard limit: it is counted", async () => {
      const env = { FORKER_TIME_LIMITS: "jobs 500ms/1s" };
      await using forker = await Forker.start({ engine, workload: "jobs", env });
      await forker.ready();
      await ended(forker, await forker.add("deaf"), "failed");
      await forker.finished(await forker.add("quick"));
      assert.equal((await forker.status()).totals.failed, 1);
    });

    test("when a keeper is killed: it is replaced, and its successor hands back what is due by then", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.began(id, 2);
    });

    test("when a keeper is stopped: it is replaced, and its successor hands back", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      const from = forker.log.length;
      forker.pid1.signalInner(Number(keeperPid), "SIGSTOP");
      await forker.loggedWith("sent SIGKILL to keeper", { reason: "it no longer reports that it is alive" }, from);
      const successor = await forker.logged("keeper ready", from);
      assert.notEqual(successor.keeperPid, keeperPid);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.began(id, 2);
    });

    test("when the connection breaks before Redis's answer with a job arrives: the job still runs, once", async () => {
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

    test("when the lost answer completes a job and brings the next one: both run once", async () => {
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

    test("when a processor ignores its signal: its job starts elsewhere only after its process has nothing left to do", async () => {
      const env = { FORKER_STOPPED_JOBS: "handback", FORKER_STOP_TIMEOUT: "500ms", TEST_SLOW_TEARDOWN: "1000" };
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

    test("when a worker ends before Redis has answered it: the job that Redis gave it is found", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs", withProxy: true });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const { promise: during, resolve: letGo } = Promise.withResolvers<void>();
      forker.proxy?.loseAnswerTo("lockDuration", () => void forker.proxy?.refuse(() => during));
      const id = await forker.add("quick");
      await forker.pid1.until("the answer to be lost", () => forker.proxy?.hasLost);
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGTERM");
      await forker.logged("worker exited");
      letGo();
      await forker.finished(id);
      await completed(forker, id);
      assert.equal((await forker.queue().getJob(id))?.stalledCounter, 0);
    });

    test("when Redis is away at a worker's death: its job is handed back when Redis returns", async () => {
      await using forker = await Forker.start({ engine, workload: "jobs" });
      const before = await forker.ready();
      await forker.logged("keeper ready");
      const id = await forker.add("held");
      await forker.began(id);
      await forker.client.save();
      await forker.redis.kill();
      forker.pid1.signalInner(before.slots[0]?.workers[0]?.pid ?? 0, "SIGKILL");
      await forker.loggedWith("worker exited", { signal: "SIGKILL" });
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
