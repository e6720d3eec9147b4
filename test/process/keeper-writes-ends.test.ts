import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type JobsOptions, type Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { popCopy } from "../../src/bull/keys/job-copy.ts";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import type { UnwrittenEnd } from "../../src/protocol/unwritten-end.ts";
import { eventually } from "../support/deadline.ts";
import { startKeeper } from "../support/keeper.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { openQueue } from "../support/worker-harness.ts";

const waitMs = 20_000;

let redis: TestRedis;
let client: Redis;
before(async () => {
  redis = await startRedis();
  client = new Redis(redis.port);
});
after(async () => {
  client.disconnect();
  await redis.close();
});

/** Adds a job, and takes it like a worker that dies with it. */
async function taken(queue: Queue, options: JobsOptions = {}): Promise<string> {
  const worker = new Worker(queue.name, null, { connection: { port: redis.port } });
  const { id = "" } = await queue.add("job", {}, options);
  assert.equal((await worker.getNextJob("dead:1", { block: false }))?.id, id);
  await worker.close();
  return id;
}

/** What a keeper reports about a dead worker that held these jobs. */
async function told(queue: string, ends: readonly Omit<UnwrittenEnd, "outcome" | "queue">[]): Promise<KeeperMessage[]> {
  const said: KeeperMessage[] = [];
  const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message));
  const holding = ends.map(({ id, starts }) => ({ queue, id, starts }));
  const endings = ends.map((end) => ({ ...end, queue, outcome: "unwritten" as const }));
  const death = { worker: 1, slot: 0, workerPid: 9, lockOwner: "dead", reason: "it ended", counts: false };
  try {
    keeper.receive({ kind: "handBack", ...death, queues: [queue], holding, endings });
    await eventually(waitMs, "the answer", () => said.some(({ kind }) => kind === "handedBack"));
    return said;
  } finally {
    keeper.close();
  }
}

const attempt = { starts: 1, ends: 0 };
const nothing = { kind: "handedBack", worker: 1, handedBack: [], failed: [], wroteCompleted: [], wroteFailed: [] };

test("the keeper completes a job that its worker had finished, with the result, even if the lock has expired", async () => {
  await using queue = openQueue(redis, "completes");
  const locked = await taken(queue);
  const unlocked = await taken(queue);
  await client.del(`bull:completes:${unlocked}:lock`);
  const said = await told("completes", [
    { ...attempt, id: locked, result: '{"sent":[1,2]}' },
    { ...attempt, id: unlocked },
  ]);
  const jobs = await Promise.all([locked, unlocked].map((id) => queue.getJob(id)));
  assert.deepEqual(
    jobs.map((job) => [job?.returnvalue ?? "nothing", job?.attemptsMade, job?.attemptsStarted]),
    [
      [{ sent: [1, 2] }, 1, 1],
      ["nothing", 1, 1],
    ],
  );
  assert.deepEqual(await Promise.all([locked, unlocked].map((id) => queue.getJobState(id))), [
    "completed",
    "completed",
  ]);
  const reports = said.flatMap((message) => (message.kind === "ended" ? [message.report] : []));
  assert.deepEqual(
    reports.map(({ failure, attemptsMade }) => ({ failure, attemptsMade })),
    [
      { failure: undefined, attemptsMade: 1 },
      { failure: undefined, attemptsMade: 1 },
    ],
  );
  const wroteCompleted = [unlocked, locked].map((id) => ({ queue: "completes", id }));
  assert.deepEqual(said.at(-1), { ...nothing, wroteCompleted });
});

test("the keeper fails an attempt that had failed in its worker, with its stack, and for good where it was final", async () => {
  await using queue = openQueue(redis, "fails");
  const again = await taken(queue, { attempts: 3, backoff: { type: "fixed", delay: 600_000 } });
  const final = await taken(queue, { attempts: 3 });
  const failure = { name: "TypeError", message: "no", stack: "TypeError: no\n    at its own line" };
  const said = await told("fails", [
    { ...attempt, id: again, failure: { ...failure, isFinal: false } },
    { ...attempt, id: final, failure: { ...failure, isFinal: true } },
  ]);
  for (const [id, state] of [
    [again, "delayed"],
    [final, "failed"],
  ] as const) {
    const job = await queue.getJob(id);
    const seen = [await job?.getState(), job?.attemptsMade, job?.failedReason, job?.stacktrace];
    assert.deepEqual(seen, [state, 1, "no", [failure.stack]]);
  }
  const reports = said.flatMap((message) => (message.kind === "ended" ? [message.report.failure] : []));
  assert.deepEqual(reports, [
    { name: "TypeError", message: "no" },
    { name: "TypeError", message: "no" },
  ]);
  assert.deepEqual(said.at(-1), { ...nothing, wroteFailed: [final, again].map((id) => ({ queue: "fails", id })) });
});

test("the keeper never writes the end of another start: that one goes back", async () => {
  await using queue = openQueue(redis, "another");
  const id = await taken(queue);
  // The worker took the job again after it had lost it.
  await client.hset(`bull:another:${id}`, "ats", 2);
  const said = await told("another", [{ ...attempt, id, result: "1" }]);
  assert.equal(await queue.getJobState(id), "waiting");
  assert.deepEqual(said, [{ ...nothing, handedBack: [{ queue: "another", id }] }]);
});

test("the keeper leaves a job alone that another worker has taken since", async () => {
  await using queue = openQueue(redis, "taken");
  const id = await taken(queue);
  await client.set(`bull:taken:${id}:lock`, "another:1");
  assert.deepEqual(await told("taken", [{ ...attempt, id, result: "1" }]), [nothing]);
  assert.equal(await queue.getJobState(id), "active");
});

test("a job that is removed when it completes is kept, with its result, for the application's hook", async () => {
  await using queue = openQueue(redis, "removed");
  const id = await taken(queue, { removeOnComplete: true });
  await told("removed", [{ ...attempt, id, result: '"done"' }]);
  assert.equal(await queue.getJob(id), undefined);
  const copy = await popCopy(client as never, `bull:removed:${id}`);
  assert.deepEqual([copy["name"], copy["returnvalue"]], ["job", '"done"']);
});

test("a job that had finished, and that BullMQ cannot complete because its children have not, fails with that", async () => {
  await using queue = openQueue(redis, "parents");
  const id = await taken(queue);
  await client.sadd(`bull:parents:${id}:dependencies`, "bull:children:1");
  const said = await told("parents", [{ ...attempt, id, result: "1" }]);
  const job = await queue.getJob(id);
  assert.equal(await job?.getState(), "failed");
  assert.match(job?.failedReason ?? "", /pending dependencies/);
  assert.deepEqual(said.at(-1), { ...nothing, wroteFailed: [{ queue: "parents", id }] });
});
