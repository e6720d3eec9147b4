// The shipped services with deploy/compose/drop-root.yml applied, and what happens if part of it is missing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOneMistake } from "./support/look.ts";
import { hardened, removeContainer, runContainer } from "./support/run-container.ts";
import { SteeredStack } from "./support/stack.ts";
import { useEngine } from "./support/use-engine.ts";

const wwwData = 33;

const engine = useEngine();
const stack = new SteeredStack(engine, "drop", ["deploy/compose/drop-root.yml"]);
const { workers } = stack;

engine.whenStarted(() => stack.start());
engine.beforeStop(() => stack.end());

test("every process runs as www-data with its groups and without any capability", async () => {
  const status = await workers.ready();
  assert.equal(status.engine, "fork", String(status.engineReason));
  for (const one of await workers.processes()) {
    // A health check: the engine starts it as root, and its parent is outside of the container.
    if (one.parent === 0 && one.pid !== 1) continue;
    const seen = [one.uid, one.groups, one.capabilities, one.noNewPrivileges];
    assert.deepEqual(seen, [wwwData, String(wwwData), "0000000000000000", true], one.title);
  }
});

test("init answers docker exec, which runs as root without capabilities", async () => {
  const { stdout } = await workers.exec(["node", "--eval", "console.log(process.getuid())"]);
  assert.equal(stdout.trim(), "0");
  assert.equal((await workers.status()).pid, 1);
  await workers.healthy();
});

test("status shows memory although no process in the container may trace another", async () => {
  const { slots } = await workers.ready();
  for (const slot of slots) assert.ok((slot.workers[0]?.memory?.residentKb ?? 0) > 0);
});

test("HUP reloads after the capabilities were dropped", async () => {
  const { generation } = await workers.ready();
  await workers.signal("HUP");
  await workers.statusWhere("reloaded", (status) => status.generation === generation + 1 && status.ready);
  const { uid } = (await stack.producer.result(await stack.producer.add("quick"))) as { uid: number };
  assert.equal(uid, wwwData);
});

const refused = async (options: readonly string[]) => {
  const name = "refused";
  const network = ["--network", "none"];
  const container = await runContainer(engine, name, [...network, ...hardened, "--user", "0:0", ...options]);
  try {
    return { code: await container.exited(), log: await container.log() };
  } finally {
    await removeContainer(engine, name);
  }
};

test("the boot refuses root in one line when no user is named", async () => {
  const { code, log } = await refused([]);
  assert.equal(code, 77);
  assertOneMistake(log, /FORKER_USER/);
});

test("the boot names a missing capability in one line", async () => {
  const { code, log } = await refused(["--env", "FORKER_USER=www-data", "--cap-add", "SETUID"]);
  assert.equal(code, 76);
  assertOneMistake(log, /SETGID/);
});

test("the boot names an unknown user in one line", async () => {
  const { code, log } = await refused(["--env", "FORKER_USER=nobody-knows"]);
  assert.equal(code, 67);
  assertOneMistake(log, /nobody-knows/);
});
