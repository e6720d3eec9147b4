// One container next to the shipped services' Redis, started by hand in the usual ways.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { assertOneMistake, untilNoProcess, workersOf } from "./support/look.ts";
import { hardened, removeContainer, runContainer } from "./support/run-container.ts";
import { SteeredStack } from "./support/stack.ts";
import { useEngine } from "./support/use-engine.ts";

const name = "variant";

const engine = useEngine();
const stack = new SteeredStack(engine, "variants");
const steered = ["/app/steered/workers.mjs"];
let options: readonly string[];

engine.whenStarted(async () => {
  await stack.start();
  await engine.docker(["rm", "--force", "workers"]);
  options = [
    `--network ${stack.project.network} --env REDIS_URL=redis://redis:6379 --env WORKLOAD=2`,
    `--volume ${stack.appFolder}:/app/steered:ro --volume ${stack.gates.folder}:/gates:ro`,
  ].flatMap((words) => words.split(" "));
  stack.gates.open(undefined);
});
engine.beforeStop(() => stack.end());
afterEach(() => removeContainer(engine, name));

const doJob = async () => (await stack.producer.result(await stack.producer.add("quick"))) as { uid: number };

test("the image runs as a uid without an entry in passwd, in root's group", async () => {
  const container = await runContainer(engine, name, [...options, ...hardened, "--user", "12345:0"], steered);
  const status = await container.ready();
  assert.equal(status.engine, "fork", String(status.engineReason));
  assert.equal((await doJob()).uid, 12345);
  await container.signal("HUP");
  await container.statusWhere("reloaded", (one) => one.generation === 2 && one.ready);
  await container.signal("QUIT");
  assert.equal(await container.exited(), 0);
});

test("the image runs under --init, where forker is not PID 1", async () => {
  const container = await runContainer(engine, name, [...options, ...hardened, "--init"], steered);
  const status = await container.ready();
  assert.notEqual(status.pid, 1);
  assert.equal(status.engine, "fork", String(status.engineReason));
  await stack.producer.result(await stack.producer.add("orphans", { count: 20 }));
  await untilNoProcess(container, (one) => one.state === "Z" || one.title.startsWith("sleep"));
  await container.signal("HUP");
  const reloaded = await container.statusWhere("reloaded", (one) => one.generation === 2 && one.ready);
  assert.equal(reloaded.pid, status.pid);
  await container.signal("QUIT");
  assert.equal(await container.exited(), 0);
});

test("the image runs within 256 MB, half a CPU and 80 threads", async () => {
  const limits = ["--memory", "256m", "--memory-swap", "256m", "--cpus", "0.5", "--pids-limit", "80"];
  const container = await runContainer(engine, name, [...options, ...hardened, ...limits], steered);
  const status = await container.ready();
  assert.equal(status.engine, "fork", String(status.engineReason));
  await doJob();
});

test("forker reports a limit that leaves no room for the workers, and stays alive", async () => {
  const limits = ["--pids-limit", "30", "--env", "WORKLOAD=8"];
  const container = await runContainer(engine, name, [...options, ...hardened, ...limits], steered);
  const log = await container.follow();
  try {
    await log.line("EAGAIN", 30_000);
  } finally {
    log.end();
  }
  assert.equal((await container.inspect()).State.Status, "running");
});

test("forker loads nothing and prints one line when the application is missing", async () => {
  const container = await runContainer(engine, name, options, ["./nowhere.mjs"]);
  assert.equal(await container.exited(), 66);
  assertOneMistake(await container.log(), /nowhere\.mjs/);
});

test("forker without Redis is alive, not healthy, and says why; it recovers when Redis comes", async () => {
  await engine.docker(["stop", stack.project.redis.name]);
  try {
    const container = await runContainer(engine, name, [...options, ...hardened], steered);
    await container.statusWhere("not ready", (status) => !status.ready && workersOf(status).length === 2);
    const check = await container.exec(["forker", "status", "--check"], { accept: [3] });
    assert.match(check.stdout, /not ready/);
    await engine.docker(["start", stack.project.redis.name]);
    await container.ready();
  } finally {
    await engine.docker(["start", stack.project.redis.name]);
  }
});
