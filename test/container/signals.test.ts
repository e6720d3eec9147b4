// Every row of the signal table, sent from outside the container.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { inspectorPorts, isReplaced, untilNoProcess, workersOf } from "./support/look.ts";
import { SteeredStack } from "./support/stack.ts";
import { useEngine } from "./support/use-engine.ts";

const engine = useEngine();
const stack = new SteeredStack(engine, "signals");
const { workers, gates } = stack;
let old: Status;

engine.whenStarted(() => stack.start());
engine.beforeStop(() => stack.end());
beforeEach(async () => {
  old = await stack.fresh();
});

/** A job that a worker runs until its gate opens. */
const holdJob = async () => stack.producer.inState(await stack.producer.add("held"), ["active"]);

test("QUIT drains: the running job finishes, then PID 1 exits with 0", async () => {
  const job = await holdJob();
  await workers.signal("QUIT");
  await workers.statusWhere("draining", (status) => status.phase === "draining");
  gates.open(job.id);
  assert.equal(await workers.exited(), 0);
  await stack.producer.inState(job, ["completed"]);
});

for (const name of ["TERM", "INT"]) {
  test(`${name} stops at once: the running job is handed back at no cost, and PID 1 exits with 0`, async () => {
    const job = await holdJob();
    await workers.signal(name);
    assert.equal(await workers.exited(), 0);
    const returned = await stack.producer.inState(job, ["waiting", "completed", "failed"]);
    assert.equal(await returned.getState(), "waiting");
    assert.equal(returned.attemptsMade, 0);
  });
}

test("TERM joins a drain that QUIT began", async () => {
  const job = await holdJob();
  await workers.signal("QUIT");
  await workers.statusWhere("draining", (status) => status.phase === "draining");
  await workers.signal("TERM");
  await workers.statusWhere("still draining", (status) => status.phase === "draining");
  gates.open(job.id);
  assert.equal(await workers.exited(), 0);
  await stack.producer.inState(job, ["completed"]);
});

test("a kubelet's termination harms no job: preStop requests the drain, and TERM follows at once", async () => {
  const job = await holdJob();
  await workers.exec(["forker", "signal", "QUIT"]);
  await workers.signal("TERM");
  await workers.statusWhere("draining", (status) => status.phase === "draining");
  gates.open(job.id);
  assert.equal(await workers.exited(), 0);
  await stack.producer.inState(job, ["completed"]);
});

test("HUP reloads in the same container, and the old worker finishes its running job", async () => {
  const job = await holdJob();
  const container = (await workers.inspect()).State;
  await workers.signal("HUP");
  await workers.statusWhere("generation 2", (status) => status.generation === old.generation + 1);
  gates.open(job.id);
  const { pid } = (await stack.producer.result(job)) as { pid: number };
  assert.ok(workersOf(old).includes(pid), "the job moved to another worker");
  await workers.statusWhere("the old generation is gone", (status) => status.ready && isReplaced(old, status));
  const { State, RestartCount } = await workers.inspect();
  assert.deepEqual([State.Pid, State.StartedAt, RestartCount], [container.Pid, container.StartedAt, 0]);
});

test("HUP during a stream of jobs loses none and runs none twice", async () => {
  gates.open(undefined);
  const jobs = [];
  for (let round = 0; round < 5; round++) {
    jobs.push(
      ...(await stack.producer.queue("quick").addBulk(Array.from({ length: 40 }, () => ({ name: "job", data: {} })))),
    );
    await workers.signal("HUP");
  }
  for (const job of jobs) await stack.producer.result(job);
  const settled = await workers.ready();
  assert.ok(settled.generation > old.generation);
  assert.equal(settled.slots.length, old.slots.length);
  assert.deepEqual(
    [settled.totals.finished - old.totals.finished, settled.totals.failed - old.totals.failed],
    [jobs.length, 0],
  );
});

test("USR1 fails the running job and opens no inspector", async () => {
  const job = await holdJob();
  await workers.signal("USR1");
  await assert.rejects(stack.producer.result(job), /stopped/i);
  assert.deepEqual(await inspectorPorts(workers), []);
  const status = await workers.ready();
  assert.equal(status.pid, old.pid);
});

test("USR2 suspends, and CONT resumes", async () => {
  await workers.signal("USR2");
  const allSuspended = (status: Status) =>
    status.suspended && status.slots.every((slot) => slot.workers.every((worker) => worker.mode === "suspended"));
  await workers.statusWhere("suspended", allSuspended);
  const job = await stack.producer.add("quick");
  await workers.signal("HUP");
  await workers.statusWhere("reloaded, still suspended", (status) => {
    return status.generation > old.generation && !status.reloading && allSuspended(status);
  });
  assert.equal(await job.getState(), "waiting");
  await workers.signal("CONT");
  await stack.producer.result(job);
  assert.equal((await workers.ready()).suspended, false);
});

test("TTIN adds a copy of the last worker, and TTOU removes one", async () => {
  await workers.signal("TTIN");
  const more = await workers.statusWhere("four workers", (status) => status.slots.length === 4 && status.ready);
  assert.equal(more.slots[3]?.spec, more.slots[2]?.spec);
  await workers.signal("TTOU");
  await workers.statusWhere("three workers", (status) => workersOf(status).length === 3 && status.ready);
});

test("init forwards every other signal to the workers", async () => {
  const log = await workers.follow();
  try {
    await workers.signal("WINCH");
    for (const pid of workersOf(old)) await log.line(`SIGWINCH seen by ${pid}`);
  } finally {
    log.end();
  }
  assert.deepEqual(workersOf(await workers.status()), workersOf(old));
});

test("docker stop drains within the grace period", async () => {
  const job = await holdJob();
  const log = await workers.follow();
  const stopped = engine.docker(["stop", workers.name]);
  await log.line("drain").finally(() => log.end());
  gates.open(job.id);
  await stopped;
  const { ExitCode } = (await workers.inspect()).State;
  assert.equal(ExitCode, 0);
  await stack.producer.inState(job, ["completed"]);
});

test("PID 1 reaps the orphans of a job", async () => {
  const result = await stack.producer.result(await stack.producer.add("orphans", { count: 40 }));
  assert.ok(result);
  await untilNoProcess(workers, (one) => one.state === "Z" || one.title.startsWith("sleep"));
});

test("a killed worker is replaced in its slot", async () => {
  const [victim] = workersOf(old);
  await workers.exec(["node", "--eval", `process.kill(${victim}, "SIGKILL")`]);
  const healed = await workers.statusWhere(
    "replaced",
    (status) => status.ready && !workersOf(status).includes(victim as number),
  );
  assert.equal(workersOf(healed).length, workersOf(old).length);
});
