// A machine that sleeps, a frozen cgroup, a stopped process group: no process could do anything during that time.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

/** Longer than FORKER_STUCK_TIMEOUT below, and longer than init waits for a silent keeper. */
const frozenMs = 12_000;

const workersOf = ({ slots }: Status) => slots.flatMap(({ workers }) => workers.map(({ pid }) => pid));

for (const first of ["init", "the others"] as const) {
  test(`a forker that was frozen as a whole goes on with the same processes, ${first} first`, async () => {
    await using forker = await Forker.start({ workload: "jobs; other", env: { FORKER_STUCK_TIMEOUT: "1s" } });
    const before = await forker.ready();
    await forker.logged("keeper ready");
    const others = [...workersOf(before), before.keeper?.pid ?? 0, ...before.templates.map(({ pid }) => pid)];
    const thawOthers = () => {
      for (const pid of others) forker.pid1.signalInner(pid, "SIGCONT");
    };
    for (const pid of others) forker.pid1.signalInner(pid, "SIGSTOP");
    forker.pid1.signal("SIGSTOP");
    await forker.client.set("frozen", "1", "PX", frozenMs);
    await eventually(60_000, "it to thaw", async () => (await forker.client.exists("frozen")) === 0);
    if (first === "the others") thawOthers();
    forker.pid1.signal("SIGCONT");
    if (first === "init") thawOthers();
    await forker.finished(await forker.add("quick"));
    const { uptimeMs: since } = await forker.ready();
    const after = await forker.until("init to have judged again", ({ uptimeMs }) => uptimeMs > since + 2_000);
    assert.deepEqual(workersOf(after), workersOf(before), forker.pid1.transcript);
    assert.equal(after.keeper?.pid, before.keeper?.pid);
    assert.deepEqual(
      after.templates.map(({ pid }) => pid),
      before.templates.map(({ pid }) => pid),
    );
  });
}
