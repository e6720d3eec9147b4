// The shipped docker-compose.yml and nothing else, used as a new user would use it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Project } from "./support/compose.ts";
import { isReplaced } from "./support/look.ts";
import { until } from "./support/until.ts";
import { useEngine } from "./support/use-engine.ts";

/** Runs inside the container, which has bullmq and the example's data, and does what a web process of the shop would do. */
const produce = (queue: string, data: unknown, count: number) => `
  import { Queue, QueueEvents } from "bullmq";
  const connection = { host: "redis", port: 6379 };
  const queue = new Queue(${JSON.stringify(queue)}, { connection });
  const events = new QueueEvents(${JSON.stringify(queue)}, { connection });
  await events.waitUntilReady();
  const data = ${JSON.stringify(data)};
  const jobs = await queue.addBulk(Array.from({ length: ${count} }, () => ({ name: "job", data })));
  const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 60_000)));
  console.log(JSON.stringify(results));
  await Promise.all([queue.close(), events.close()]);`;

const engine = useEngine();
const project = new Project(engine, "shipped");
const { workers } = project;

const doJobs = async (queue: string, data: unknown, count = 4) => {
  const command = ["node", "--input-type=module", "--eval", produce(queue, data, count)];
  const { stdout } = await workers.exec(command, { timeoutMs: 90_000 });
  return JSON.parse(stdout) as unknown[];
};

engine.whenStarted(() => project.up());
engine.beforeStop(() => project.down());

test("the service becomes healthy", () => workers.healthy());

test("the service forks its workers despite its hardening", async () => {
  const status = await workers.ready();
  assert.equal(status.engine, "fork", String(status.engineReason));
  assert.equal(status.pid, 1);
  assert.deepEqual(
    status.slots.map((slot) => slot.spec),
    ["import", "import,export", "import,export", "*"],
  );
});

test("no process has a capability, can gain one, or runs as root", async () => {
  const processes = await workers.processes();
  assert.ok(processes.length >= 6, JSON.stringify(processes));
  for (const one of processes) {
    assert.deepEqual([one.uid, one.capabilities, one.noNewPrivileges], [10001, "0000000000000000", true], one.title);
  }
});

test("the service processes the example's jobs", async () => {
  const imports = await doJobs("import", { file: "tea.csv", category: "Green" });
  assert.equal(imports.length, 4);
  const exports_ = await doJobs("export", { format: "pdf", file: "tea.csv", category: "Green" });
  assert.equal(exports_.length, 4);
  const pictures = await doJobs("thumbnails", { picture: "teapot.jpg", width: 64 });
  assert.equal(pictures.length, 4);
  assert.equal((await workers.status()).totals.failed, 0);
});

test("docker kill -s HUP workers loads new code in the same container", async () => {
  const old = await workers.ready();
  const container = (await workers.inspect()).State;
  await workers.signal("HUP");
  const reloaded = await workers.statusWhere("reloaded", (status) => status.ready && isReplaced(old, status), 90_000);
  assert.deepEqual([reloaded.generation, reloaded.engine], [old.generation + 1, "fork"], String(reloaded.engineReason));
  const { State, RestartCount } = await workers.inspect();
  assert.deepEqual([State.Pid, State.StartedAt, RestartCount], [container.Pid, container.StartedAt, 0]);
  await doJobs("thumbnails", { picture: "bowl.jpg", width: 32 }, 2);
});

test("docker-compose kill -s HUP workers reaches the service by its name", async () => {
  const { generation } = await workers.ready();
  await project.compose(["kill", "-s", "HUP", "workers"]);
  await workers.statusWhere("reloaded", (status) => status.generation === generation + 1 && status.ready, 90_000);
});

/** Resolves when the restart policy has started the container this number of times. */
const restarted = (count: number) =>
  until(
    30_000,
    `restart ${count}`,
    async () => {
      const { RestartCount, State } = await workers.inspect();
      return { RestartCount, status: State.Status };
    },
    (seen) => seen.RestartCount === count && seen.status === "running",
  );

test("the restart policy brings the container back when PID 1 crashes after a HUP", async () => {
  process.kill((await workers.inspect()).State.Pid, "SIGKILL");
  await restarted(1);
  await workers.ready();
});

test("the container comes up again after docker kill -s TERM", async () => {
  await workers.signal("TERM");
  await restarted(2);
  await workers.ready();
});

test("the container stays down after docker kill -s QUIT, its stop signal, despite its restart policy", async () => {
  await workers.signal("QUIT");
  assert.equal(await workers.exited(), 0);
  assert.equal((await workers.inspect()).State.Status, "exited");
});

test("the container comes up again, and docker-compose stop ends it within its grace period", async () => {
  await project.up();
  await workers.ready();
  await project.compose(["stop", "workers"]);
  const { State } = await workers.inspect();
  assert.deepEqual([State.Status, State.ExitCode], ["exited", 0]);
});
