// Workers on demand in a cgroup with a limit: init adds none for which there is no memory or no CPU, and adds them when there is.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { TestCgroup } from "../support/cgroup.ts";
import { Forker } from "../support/forker.ts";

const mb = 2 ** 20;
const workersOf = ({ ranges }: Status) => ranges[0]?.workers ?? 0;
const heldBy = ({ ranges }: Status) => ranges[0]?.heldBy;

async function addHeldJobs(forker: Forker, count: number): Promise<void> {
  for (let job = 0; job < count; job++) await forker.add("held");
}

test("a range has as many workers as the memory is enough for", {
  skip: TestCgroup.missing("memory") ?? false,
}, async () => {
  await using cgroup = new TestCgroup("memory");
  await using forker = await Forker.start({ workload: "jobs x1..10", wrapper: cgroup.wrapper });
  await forker.ready();
  await forker.logged("keeper ready");
  const used = Number(cgroup.read(TestCgroup.hasOwn("memory") ? "memory.usage_in_bytes" : "memory.current"));
  // A tenth of the limit stays free. Until a worker has been measured, each is assumed to need 64 MB; measured ones need 10 MB and more.
  cgroup.limit(Math.round((used + 40 * mb) / 0.9));
  await addHeldJobs(forker, 12);
  const held = await forker.until("the limit", (status) => heldBy(status) === "memory");
  assert.ok(workersOf(held) < 10, `${workersOf(held)} workers`);
  const { reason } = await forker.logged("added no more workers");
  assert.equal(reason, "the cgroup has no memory for another one");
  assert.equal((await forker.status()).oomKills, 0);
  cgroup.limit("max");
  await forker.until("all workers", (status) => workersOf(status) === 10 && heldBy(status) === null);
});

test("a range has no more workers than CPUs while none of their time is left, and then more", {
  skip: TestCgroup.missing("cpu") ?? false,
}, async () => {
  await using cgroup = new TestCgroup("cpu");
  cgroup.comeFirst();
  await using stack = new AsyncDisposableStack();
  const counting = TestCgroup.hasOwn("cpuacct") ? stack.use(new TestCgroup("cpuacct")) : undefined;
  const wrapper = [...cgroup.wrapper, ...(counting?.wrapper ?? [])];
  await using forker = await Forker.start({ workload: "jobs x1..4", wrapper });
  await forker.ready();
  await forker.logged("keeper ready");
  const others = Array.from({ length: 4 }, () => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
  const endOthers = () => {
    for (const other of others) other.kill("SIGKILL");
  };
  try {
    for (const { pid = 0 } of others) for (const one of [cgroup, counting]) one?.add(pid);
    // A fifth of a CPU.
    cgroup.limit(20_000);
    await addHeldJobs(forker, 8);
    const held = await forker.until("the limit", (status) => heldBy(status) === "cpu");
    assert.ok(workersOf(held) < 4, `${workersOf(held)} workers`);
    const { reason } = await forker.logged("added no more workers");
    assert.equal(reason, "the cgroup has no CPU for another one");
    endOthers();
    await forker.until("all workers", (status) => workersOf(status) === 4 && heldBy(status) === null);
    cgroup.limit("max");
  } finally {
    endOthers();
  }
});
