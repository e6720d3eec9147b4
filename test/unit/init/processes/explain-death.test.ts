import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OomWatcher } from "../../../../src/cgroup/oom-watcher.ts";
import { PidsWatcher } from "../../../../src/cgroup/pids-watcher.ts";
import { explainDeath } from "../../../../src/init/processes/explain-death.ts";
import { type Event, exitText } from "../../../../src/init/state/event.ts";
import { Universe } from "../../../support/universe.ts";

const killed = { signal: "SIGKILL" } as const;
const redis = { connection: "redis://r", prefix: "bull", bull: { version: "6.7.0", major: 6 } };

function running() {
  const universe = new Universe({ engine: "fork", workers: 1, redis });
  universe.settle();
  let kills = 0;
  const oomWatcher = new OomWatcher(() => ({ kills, groupKills: 0 }));
  const [worker] = universe.world.workers;
  const [template] = universe.world.templates;
  const { keeper } = universe.world;
  assert.ok(worker && template && keeper);
  const oom = () => {
    kills += 1;
  };
  const files: Record<string, string> = {
    "/proc/self/cgroup": "0::/",
    "/sys/fs/cgroup/pids.max": "50",
    "/sys/fs/cgroup/pids.current": "49",
    "/sys/fs/cgroup/pids.events": "max 3",
  };
  const pidsWatcher = new PidsWatcher((file) => files[file]);
  const refuse = () => {
    files["/sys/fs/cgroup/pids.events"] = "max 8";
  };
  const explain = (event: Event) => explainDeath(event, universe.world, { memory: oomWatcher, pidsWatcher }, 0);
  return { universe, worker, template, keeper, oom, refuse, explain };
}

function textOf(event: Event): string {
  return "status" in event ? exitText(event.status) : "";
}

describe("a death by SIGKILL", () => {
  test("of a worker, a template or a keeper is explained by the kernel's count", () => {
    const { worker, template, keeper, oom, explain } = running();
    for (const event of [
      { kind: "workerExited", worker: worker.id, status: killed },
      { kind: "templateExited", template: template.id, status: killed },
      { kind: "keeperExited", keeper: keeper.id, status: killed },
    ] as const) {
      assert.equal(textOf(explain(event)), "died of SIGKILL");
      oom();
      assert.equal(textOf(explain(event)), "died of SIGKILL (out of memory: cgroup oom_kill)");
    }
  });

  test("that init sent itself stays unexplained, as does another signal or an exit code", () => {
    const { worker, oom, explain } = running();
    oom();
    for (const status of [{ signal: "SIGSEGV" }, { exitCode: 137 }, { unknown: true }] as const) {
      const event: Event = { kind: "workerExited", worker: worker.id, status };
      assert.equal(explain(event), event);
    }
    worker.state = "killed";
    assert.equal(textOf(explain({ kind: "workerExited", worker: worker.id, status: killed })), "died of SIGKILL");
  });

  test("is shown in the keeper's reason, in the slot's record and in the total", () => {
    const { universe, worker, oom, explain } = running();
    oom();
    universe.happen(explain({ kind: "workerExited", worker: worker.id, status: killed }));
    const text = "died of SIGKILL (out of memory: cgroup oom_kill)";
    assert.deepEqual(
      universe.world.handBackOrders.map(({ reason, counts }) => [reason, counts]),
      [[`the worker ${text}`, true]],
    );
    const [slot] = universe.world.slots;
    assert.deepEqual([slot?.lastDeath, slot?.oomKills, universe.world.oomKills], [text, 1, 1]);
  });
});

test("an abort is explained by a thread that was refused since, and only by that", () => {
  const { worker, refuse, explain } = running();
  const event: Event = { kind: "workerExited", worker: worker.id, status: { signal: "SIGABRT" } };
  assert.equal(explain(event), event);
  refuse();
  assert.match(textOf(explain(event)), /^died of SIGABRT \(no room for a thread: pids\.max is 50: 49 processes/);
});

test("a fork that failed for want of room is explained by the limit", () => {
  const { worker, refuse, explain } = running();
  const event: Event = { kind: "workerNotLaunched", worker: worker.id, why: "fork: EAGAIN" };
  refuse();
  const explained = explain(event);
  assert.ok("why" in explained);
  assert.match(explained.why, /^fork: EAGAIN \(pids\.max is 50/);
  assert.deepEqual(explain({ ...event, why: "fork: ETIMEDOUT" }), { ...event, why: "fork: ETIMEDOUT" });
});
