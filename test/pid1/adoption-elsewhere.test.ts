// An application that asks one Redis where its jobs are before it creates its Workers: test/fixtures/applications/elsewhere.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { eventually } from "../support/deadline.ts";
import { Forker, type ForkerOptions } from "../support/forker.ts";
import { workerPids } from "../support/isolation.ts";
import { entries, recorded } from "../support/ledger.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

interface Place {
  readonly queue?: string;
  readonly port: number;
  readonly password?: string;
  readonly prefix: string;
}

interface Told extends Place {
  /** A Worker that it creates first, and waits for. */
  readonly first?: Place;
  readonly options?: { readonly maxStalledCount: number };
  /** It takes one job itself. */
  readonly isByHand?: boolean;
  /** Another Worker, whose error the application catches. */
  readonly caught?: Place;
  /** What the application does after it has created its Worker, and does not catch. */
  readonly next?: { readonly how: "module" | "timer" | "promise" | "own"; readonly worker?: Place };
}

async function start(options: ForkerOptions = {}): Promise<Forker> {
  return await Forker.start({ fixture: "applications/elsewhere", file: "main.mjs", workload: "", ...options });
}

/** The application reads this as soon as it can. */
async function tell(forker: Forker, ...places: readonly Told[]): Promise<void> {
  const texts = places.map((place) => JSON.stringify(place));
  await forker.client
    .multi()
    .del("places")
    .lpush("places", ...texts)
    .exec();
}

/** Adds jobs there. */
class Jobs implements AsyncDisposable {
  readonly #queue: Queue;
  readonly #client: Redis;
  readonly #prefix: string;

  constructor({ port, password, prefix }: Place, name = "mail") {
    const connection = { port, ...(password !== undefined && { password }) };
    this.#queue = new Queue(name, { connection, prefix });
    this.#queue.on("error", () => undefined);
    this.#client = new Redis({ ...connection, lazyConnect: false });
    this.#prefix = prefix;
  }

  async add(id: string, name = "quick"): Promise<string> {
    await this.#queue.add(name, {}, { jobId: id });
    return id;
  }

  /** The instances that have a lease there. */
  async leases(): Promise<readonly string[]> {
    return await this.#client.keys(`${this.#prefix}:forker:*`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close().catch(() => undefined);
    this.#client.disconnect();
  }
}

async function hasLease(jobs: Jobs): Promise<void> {
  await eventually(60_000, "the lease of the instance", async () => (await jobs.leases()).length > 0);
}

/** Kills the worker that runs a job: the keeper hands it back, and another worker runs it again. */
async function survivesDeath(forker: Forker, jobs: Jobs, id: string): Promise<void> {
  const from = forker.log.length;
  await jobs.add(id, "wait");
  const [first] = await recorded(forker, "began", 1, { job: id });
  forker.pid1.signalInner(first?.pid ?? 0, "SIGKILL");
  await forker.loggedWith("handed back jobs of a dead worker", {}, from);
  await recorded(forker, "began", 2, { job: id });
  await forker.release(id);
  await recorded(forker, "ended", 1, { job: id });
}

const locked = { arguments: ["--requirepass", "hunter2"], client: { password: "hunter2" } } as const;
const placeOn = (server: TestRedis, prefix = "shop"): Place => ({ port: server.port, password: "hunter2", prefix });

for (const engine of ["fork", "spawn"] as const) {
  describe(`An application whose jobs are elsewhere, engine ${engine}`, { concurrency: false }, () => {
    test("runs unchanged: workers, keeper and lease are where its Workers are, and nowhere else", async () => {
      await using there = await startRedis(locked);
      await using jobs = new Jobs(placeOn(there));
      await using forker = await start({ engine, workload: "2" });
      await tell(forker, placeOn(there));
      await recorded(forker, "created", 2);
      await jobs.add("one");
      await recorded(forker, "ended", 1, { job: "one", prefix: "shop" });
      await forker.ready();
      await hasLease(jobs);
      await survivesDeath(forker, jobs, "two");
      await forker.loggedWith("found the Redis of the jobs", { redis: `127.0.0.1:${there.port}, prefix shop` });
      assert.deepEqual(await forker.client.keys("*forker*"), []);
      assert.doesNotMatch(forker.pid1.transcript, /hunter2/);
      assert.equal(await forker.drained(), 0);
    });
  });
}

describe("An application whose jobs are elsewhere", { concurrency: false }, () => {
  test("is not stuck while it waits for longer than FORKER_STUCK_TIMEOUT", async () => {
    await using forker = await start({ env: { FORKER_STUCK_TIMEOUT: "1" } });
    await forker.ready();
    const [before] = workerPids(await forker.status());
    const { uptimeMs } = await forker.status();
    // init looks once a second.
    const later = await forker.until("five seconds of its life", (status) => status.uptimeMs >= uptimeMs + 5_000);
    assert.deepEqual(workerPids(later), [before]);
    assert.equal(await forker.drained(), 0);
  });

  test("is ready while it waits, and ends in an orderly way", async () => {
    await using forker = await start();
    await forker.ready();
    assert.equal(await forker.drained(), 0);
    assert.deepEqual(forker.pid1.errorLines, []);
  });

  test("is placed by the first Worker whose jobs forker takes; one before it works all the same", async () => {
    await using there = await startRedis(locked);
    await using jobs = new Jobs(placeOn(there));
    await using forker = await start({ workload: "mail" });
    await tell(forker, { ...placeOn(there), first: { ...placeOn(there, "other"), queue: "reports" } });
    await recorded(forker, "created", 1);
    await jobs.add("one");
    await recorded(forker, "ended", 1, { job: "one", prefix: "shop" });
    assert.equal(await forker.drained(), 0);
  });

  test("has a keeper that follows the options of its Workers", async () => {
    await using there = await startRedis(locked);
    await using jobs = new Jobs(placeOn(there));
    await using forker = await start();
    await tell(forker, { ...placeOn(there), options: { maxStalledCount: 0 } });
    await jobs.add("one", "wait");
    const [began] = await recorded(forker, "began", 1, { job: "one" });
    forker.pid1.signalInner(began?.pid ?? 0, "SIGKILL");
    await forker.loggedWith("failed jobs of a dead worker", {});
  });

  test("may take its jobs itself", async () => {
    await using there = await startRedis(locked);
    await using jobs = new Jobs(placeOn(there));
    await using forker = await start();
    await jobs.add("one");
    await tell(forker, { ...placeOn(there), isByHand: true });
    await recorded(forker, "ended", 1, { job: "one", prefix: "shop" });
    assert.equal(await forker.drained(), 0);
  });

  test("moves with a reload, and its keeper with it, even if the keeper dies meanwhile", async () => {
    await using there = await startRedis(locked);
    const [before, after] = [placeOn(there, "before"), placeOn(there, "after")];
    await using old = new Jobs(before);
    await using jobs = new Jobs(after);
    await using forker = await start();
    await tell(forker, before);
    await hasLease(old);
    const { keeperPid } = await forker.logged("keeper ready");
    await forker.client.del("places");
    forker.pid1.signal("SIGHUP");
    await forker.reloaded(2);
    const from = forker.log.length;
    forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
    await forker.logged("keeper ready", from);
    assert.deepEqual(await jobs.leases(), []);
    await tell(forker, after);
    await hasLease(jobs);
    await survivesDeath(forker, jobs, "one");
    assert.equal(await forker.drained(), 0);
  });

  test("ends forker with one line if two workers have different places", async () => {
    await using there = await startRedis(locked);
    await using forker = await start({ workload: "2" });
    await tell(forker, placeOn(there, "one"), placeOn(there, "two"));
    assert.equal(await forker.pid1.exitCode(60_000), 78);
    const { reason } = await forker.logged("giving up");
    assert.match(
      String(reason),
      /^the application's Workers: expected one Redis database and prefix in all workers, got 127\.0\.0\.1:\d+, prefix (one|two), and 127\.0\.0\.1:\d+, prefix (two|one) in the worker of slot [01]; start one forker for each$/,
    );
    assert.equal(forker.log.filter(({ level }) => Number(level) >= 50).length, 2);
    assert.doesNotMatch(forker.pid1.transcript, /hunter2/);
  });

  test("ends forker with one line if a Worker has a second place, whether or not the application catches the error", async () => {
    await using there = await startRedis(locked);
    const second = { ...placeOn(there, "two"), queue: "import" };
    for (const place of [{ caught: second }, { next: { how: "timer", worker: second } }] as const) {
      await using forker = await start({ workload: "2" });
      await tell(forker, { ...placeOn(there, "one"), ...place });
      assert.equal(await forker.pid1.exitCode(60_000), 78);
      const { reason } = await forker.logged("giving up");
      assert.match(
        String(reason),
        /^Worker of queue import: expected its jobs in .*, prefix one, .* got .*, prefix two; /,
      );
      assert.deepEqual(forker.pid1.errorLines, []);
      assert.ok((await entries(forker, "created")).length <= 2);
    }
  });
});

test("FORKER_PREFIX that is not the prefix of the Workers ends forker with one line, even if only a worker finds out", async () => {
  await using there = await startRedis(locked);
  await using forker = await start({ env: { FORKER_PREFIX: "jobs" } });
  await tell(forker, placeOn(there));
  assert.equal(await forker.pid1.exitCode(60_000), 78);
  const { reason } = await forker.logged("giving up");
  assert.match(
    String(reason),
    /^FORKER_PREFIX: expected the prefix of the application's Workers, shop, got jobs; unset it$/,
  );
  assert.deepEqual(forker.pid1.errorLines, []);
});

describe("A ForkerError that the application does not catch", { concurrency: false }, () => {
  for (const how of ["module", "timer", "promise"] as const)
    test(`ends forker with its code and one line, thrown in a ${how}`, async () => {
      await using there = await startRedis(locked);
      const worker = placeOn(there);
      await using forker = await start();
      await tell(forker, { ...worker, next: { how, worker } });
      assert.equal(await forker.pid1.exitCode(60_000), 78);
      const { reason } = await forker.logged("giving up");
      assert.match(String(reason), /^Worker of queue mail: expected one for each queue, got a second one; /);
      assert.deepEqual(forker.pid1.errorLines, []);
    });

  test("ends the load with its own exit code and one line", async () => {
    await using forker = await start({ file: "early.mjs" });
    assert.equal(await forker.pid1.exitCode(60_000), 78);
    await forker.logged("Worker of queue mail: expected one for each queue, got a second one");
    assert.deepEqual(forker.pid1.errorLines, []);
  });
});

test("an error that the application's module throws in a worker is printed without forker's source", async () => {
  await using there = await startRedis(locked);
  await using forker = await start();
  await tell(forker, { ...placeOn(there), next: { how: "own" } });
  await forker.pid1.line("Error: the application's own");
  await forker.loggedWith("worker exited", { exitCode: 1 });
  assert.doesNotMatch(forker.pid1.errorLines.join("\n"), /bullmq-forker:1|throw error/);
});
