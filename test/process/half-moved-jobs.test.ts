// Redis refuses one command inside BullMQ's scripts, which leaves a job half moved: each end is nevertheless written once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import type { FlowJob, JobsOptions } from "bullmq";
import { pino } from "pino";
import { loadBull } from "../../src/bull/library/load-bull.ts";
import { isBefore } from "../../src/bull/library/versions.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { applicationWith, newestBulls } from "../support/bull-versions.ts";
import { eventually } from "../support/deadline.ts";
import { startKeeper } from "../support/keeper.ts";
import { useRedis } from "../support/use-redis.ts";
import { openQueue, startWorker, type TestWorker } from "../support/worker-harness.ts";

const waitMs = 60_000;
const { redis, client } = await useRedis();

/** The commands of BullMQ's scripts that write, as far as a job's end uses them. With "sadd", forker's repair is refused as well. */
const commands = ["zadd", "hset,hmset", "lpush,rpush", "zrem", "xadd", "hincrby", "srem", "lrem", "del", "zrem,sadd"];

interface Kind {
  readonly options?: JobsOptions;
  readonly fails?: boolean;
  /** The job's state after its first end. */
  readonly state: string;
  /** The states of its parent, which has no other child. */
  readonly parent?: "waiting" | "failed";
}

const long = "L".repeat(600);
const backoff = { type: "fixed", delay: 600_000 };
const endsOnce: Readonly<Record<string, Kind>> = {
  completes: { state: "completed" },
  throws: { fails: true, state: "failed" },
  retries: { fails: true, options: { attempts: 2, backoff }, state: "delayed" },
  removed: { options: { removeOnComplete: true }, state: "unknown" },
  removedFailed: { fails: true, options: { removeOnFail: true }, state: "unknown" },
  child: { state: "completed", parent: "waiting" },
  failingChild: { fails: true, options: { failParentOnFailure: true }, state: "failed", parent: "waiting" },
  ignoredChild: { fails: true, options: { ignoreDependencyOnFailure: true }, state: "failed", parent: "waiting" },
  [long]: { state: "completed" },
};
/** Before version 5.42, a parent fails with its child, and a child's failure cannot be ignored and recorded. */
const endsOnceBefore542: Readonly<Record<string, Kind>> = {
  ...endsOnce,
  failingChild: { fails: true, options: { failParentOnFailure: true }, state: "failed", parent: "failed" },
  ignoredChild: { fails: true, options: { removeDependencyOnFailure: true }, state: "failed", parent: "waiting" },
};
/** Jobs that another worker, or the same one, may take for their second attempt as soon as they are in the queue again. */
const retriedAtOnce: Readonly<Record<string, Kind>> = {
  again: { fails: true, options: { attempts: 2 }, state: "waiting" },
  urgent: { fails: true, options: { attempts: 2, priority: 3 }, state: "prioritized" },
};

for (const { version, folder } of newestBulls) {
  const { major, text } = version;
  const ends = isBefore(version, "5.42") ? endsOnceBefore542 : endsOnce;
  describe(`BullMQ ${text}`, () => {
    const fixture = path.join(import.meta.dirname, "../fixtures/apps/queue-worker.mjs");
    const application = applicationWith(folder, readFileSync(fixture, "utf8"));
    after(() => application[Symbol.dispose]());

    for (const denied of commands) {
      test(`ends whose ${denied} is refused are written by their worker when Redis accepts them`, async () => {
        await using scene = await start(`living-${major}-${denied}`, denied, application.path, ends);
        const { worker, queue } = scene;
        await scene.refused();
        await scene.allow();
        await worker.until("all ends", () => total(worker.statusUpdate) >= Object.keys(ends).length);
        await scene.check(hooks(worker, queue), worker.statusUpdate?.finished, worker.statusUpdate?.failed);
      });

      test(`ends whose ${denied} is refused until their worker has exited are written by the keeper`, async () => {
        await using scene = await start(`exited-${major}-${denied}`, denied, application.path, ends);
        await scene.refused();
        await handedOver(scene);
      });
    }

    // Before version 5.2, BullMQ sets no marker for a job that it retries at once.
    for (const denied of isBefore(version, "5.2") ? ["xadd", "hincrby"] : ["zadd", "xadd", "hincrby", "lpush,rpush"]) {
      // Without LPUSH, BullMQ itself loses a prioritized job that it takes: the script removes the job first.
      const kinds = denied === "lpush,rpush" ? { again: retriedAtOnce["again"] as Kind } : retriedAtOnce;
      test(`a failed attempt whose ${denied} is refused until its worker has exited is written by the keeper`, async () => {
        await using scene = await start(`once-${major}-${denied}`, denied, application.path, kinds);
        await scene.refused();
        await handedOver(scene);
      });
    }
  });
}

/** A worker that runs one job of each kind, as a Redis user without the denied commands from then on. */
async function start(name: string, denied: string, appPath: string, kinds: Readonly<Record<string, Kind>>) {
  const ids = Object.keys(kinds);
  const queue = name.replace(",", "-");
  const user = `user-${queue}`;
  await client.acl("SETUSER", user, "on", ">password", "~*", "&*", "+@all");
  const url = redis.url.replace("redis://", `redis://${user}:password@`);
  const bull = await loadBull(appPath);
  const jobs = openQueue(redis, queue);
  const parents = openQueue(redis, `${queue}-parents`);
  const flows = new bull.api.FlowProducer({ connection: { port: redis.port } });
  for (const [id, { options, fails, parent }] of Object.entries(kinds)) {
    const data = { ms: 1_000, deaf: true, ...(fails === true && { fail: "as asked" }) };
    const job: FlowJob = { name: "job", queueName: queue, data, opts: { ...options, jobId: id } };
    if (parent === undefined) await jobs.add("job", data, { ...options, jobId: id });
    else await flows.add({ name: "parent", queueName: parents.name, opts: { jobId: `p-${id}` }, children: [job] });
  }
  await flows.close();
  const settings = { appPath, stopTimeoutMs: 200 };
  const environment = { TEST_SUCCESS_HOOK: "1" };
  const worker = await startWorker({ redisUrl: url, queues: [queue], concurrency: ids.length, settings, environment });
  await worker.until("all starts", () => worker.started.length === ids.length);
  await client.acl("SETUSER", user, ...(denied.split(",").map((one) => `-${one}`) as [string]));
  const scene = {
    worker,
    queue,
    bull,
    jobs,
    url,
    async refused() {
      const over = () => worker.events.filter((event) => /^(end|throw) /.test(event)).length;
      await worker.until("all processors", () => over() === ids.length, waitMs);
      await worker.until("a refusal", () => worker.lines.some((line) => line.includes("Redis refused it")));
    },
    allow: () => client.acl("SETUSER", user, "+@all"),
    async check(told: readonly string[], finished: unknown, failed: unknown) {
      const expected = ids.map((id) => `${kinds[id]?.fails === true ? "failure" : "success"} ${id}`);
      assert.deepEqual(told.toSorted(), expected.toSorted(), worker.lines.join("\n"));
      const completing = Object.values(kinds).filter(({ fails }) => fails !== true).length;
      assert.deepEqual([finished, failed], [completing, ids.length - completing]);
      assert.equal(worker.started.length, ids.length);
      for (const [id, kind] of Object.entries(kinds)) await checkJob(id, kind);
      assert.equal(await client.llen(`bull:${queue}:active`), 0);
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await Promise.all([jobs.close(), parents.close()]);
    },
  };
  return scene;

  async function checkJob(id: string, { state, fails = false, parent }: Kind) {
    assert.equal(await jobs.getJobState(id), state, id);
    const job = await jobs.getJob(id);
    if (state !== "unknown") {
      assert.deepEqual([job?.attemptsMade, job?.attemptsStarted], [1, 1], id);
      assert.equal(job?.finishedOn !== undefined, ["completed", "failed"].includes(state), id);
      if (fails) assert.deepEqual([job?.failedReason, job?.stacktrace?.length], ["as asked", 1], id);
      else assert.equal(job?.returnvalue, `done by ${worker.pid}`, id);
    }
    assert.equal(await client.exists(`bull:${queue}:${id}:lock`), 0, id);
    if (parent === undefined) return;
    assert.equal(await parents.getJobState(`p-${id}`), parent, id);
    const key = `bull:${parents.name}:p-${id}`;
    if (kinds === endsOnceBefore542 && id !== "child") return;
    const recorded = {
      child: await client.hget(`${key}:processed`, `bull:${queue}:${id}`),
      failingChild: await client.hget(key, "defa"),
      ignoredChild: await client.hget(`${key}:failed`, `bull:${queue}:${id}`),
    };
    const expected = {
      child: JSON.stringify(`done by ${worker.pid}`),
      failingChild: `child bull:${queue}:${id} failed`,
      ignoredChild: "as asked",
    };
    assert.equal(recorded[id as keyof typeof recorded], expected[id as keyof typeof expected]);
    assert.equal(await client.scard(`${key}:dependencies`), 0, id);
  }
}

function total(counts: { readonly finished: number; readonly failed: number } | undefined): number {
  return (counts?.finished ?? 0) + (counts?.failed ?? 0);
}

/** The ends for which the worker has called a hook. */
function hooks(worker: TestWorker, queue: string): string[] {
  const told = worker.events.filter((event) => /^(success|failure) /.test(event));
  return told.map((event) => event.split(" ").slice(0, 2).join(" ").replace(`${queue}:`, ""));
}

/** The worker exits, a keeper writes what it could not, and every end is reported once. */
async function handedOver(scene: Awaited<ReturnType<typeof start>>): Promise<void> {
  const { worker, queue, bull } = scene;
  worker.kill("SIGTERM");
  await worker.exitCode();
  const said: KeeperMessage[] = [];
  let refusals = 0;
  const log = pino({ level: "warn" }, { write: () => void refusals++ });
  const lockDurationMs = 30_000;
  const keeper = startKeeper(bull, scene.url, (message) => said.push(message), { lockDurationMs, log });
  const handedBack = () => said.find((message) => message.kind === "handedBack");
  try {
    const report = worker.exitReport;
    assert.ok(report);
    const death = {
      worker: 1,
      slot: 0,
      workerPid: worker.pid,
      lockOwner: worker.lockOwner,
      reason: "it ended",
      counts: false,
      queues: [queue],
    };
    keeper.receive({ kind: "handBack", ...death, holding: report.lost, endings: report.unwritten });
    await eventually(waitMs, "the keeper's attempt", () => refusals > 0 || handedBack() !== undefined);
    await scene.allow();
    await eventually(waitMs, "the keeper's answer", () => handedBack() !== undefined);
    const { wroteCompleted = [], wroteFailed = [], handedBack: back = [] } = handedBack() ?? {};
    assert.deepEqual(back, []);
    const told = said.flatMap((one) => (one.kind === "ended" ? [one.report] : []));
    const names = told.map(({ id, failure }) => `${failure ? "failure" : "success"} ${id}`);
    await scene.check(
      [...hooks(worker, queue), ...names],
      report.finished + wroteCompleted.length,
      report.failed + wroteFailed.length,
    );
  } finally {
    keeper.close();
  }
}
