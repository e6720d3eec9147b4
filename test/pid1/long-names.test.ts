// Names that are longer than a message may be: forker still recognizes their jobs, and runs each once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { Forker } from "../support/forker.ts";

const longId = (first: string) => `${first}${"x".repeat(70_000)}`;

async function runs(forker: Forker, id: string): Promise<number> {
  return (await forker.ledger()).filter((entry) => entry.id === id && entry.what === "began").length;
}

describe("a job whose id has 70,000 characters", () => {
  test("runs once, is shown, and is handed back when its worker is killed", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    await forker.logged("keeper ready");
    const id = longId("held");
    await forker.add("deaf", { jobId: id });
    const { pid } = await forker.began(id);
    const status = await forker.until("the job is shown", ({ slots }) => slots[0]?.workers[0]?.holding.length === 1);
    const shown = status.slots[0]?.workers[0]?.holding[0]?.id ?? "";
    assert.match(shown, /^heldx+…sha256:[0-9a-f]{64}$/);
    forker.pid1.signalInner(pid, "SIGKILL");
    await forker.began(id, 2);
    await forker.release(id);
    await forker.finished(id);
    assert.equal(await runs(forker, id), 2);
    assert.equal(await forker.drained(), 0);
    assert.doesNotMatch(forker.pid1.transcript, /channel/);
  });

  test("fails after the third worker has died with it", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    await forker.logged("keeper ready");
    const id = longId("deadly");
    await forker.add("exits", { jobId: id });
    await forker.until("it has failed", ({ totals }) => totals.failed === 1);
    assert.match((await forker.queue().getJob(id))?.failedReason ?? "", /3 workers died with this job/);
    assert.equal(await runs(forker, id), 3);
  });

  for (const [what, nameOf] of [
    ["its id", (id: string) => Promise.resolve(id)],
    [
      "what status shows",
      async (_: string, forker: Forker) => {
        const held = ({ slots }: Status) => slots.flatMap((slot) => slot.workers.flatMap(({ holding }) => holding));
        const status = await forker.until("both are shown", (one) => held(one).length === 2);
        return held(status).find(({ id }) => id.startsWith("blocked"))?.id ?? "";
      },
    ],
  ] as const) {
    test(`is stopped by ${what} although its event loop is blocked, and no other job is stopped`, async () => {
      await using forker = await Forker.start({ workload: "jobs; jobs" });
      await forker.ready();
      await forker.logged("keeper ready");
      const other = longId("other");
      await forker.add("deaf", { jobId: other });
      await forker.began(other);
      const id = longId("blocked");
      await forker.add("spins", { jobId: id });
      await forker.began(id);
      await forker.subcommand("stop-job", "jobs", await nameOf(id, forker));
      assert.equal(await forker.queue().getJobState(id), "failed");
      await forker.release(other);
      await forker.finished(other);
      assert.equal(await runs(forker, other), 1);
    });
  }
});

test("a job whose worker cannot be reached fails after the third death, and both the log and the job say why", async () => {
  await using forker = await Forker.start({ workload: "jobs" });
  await forker.ready();
  await forker.logged("keeper ready");
  const id = await forker.add("garbles");
  await forker.until("it has failed", ({ totals }) => totals.failed === 1);
  assert.match((await forker.queue().getJob(id))?.failedReason ?? "", /3 workers died with this job/);
  assert.equal(await runs(forker, id), 3);
  await forker.loggedWith("sent SIGKILL to worker", {
    reason: /^init closed its channel: received an invalid message .*: no message$/,
  });
  await forker.finished(await forker.add("quick"));
});

test("a queue whose name is too long for forker is skipped with one log line, and the others are served", async () => {
  await using forker = await Forker.start({ workload: "*" });
  await forker.ready();
  await forker.add("quick", {}, `long${"q".repeat(70_000)}`);
  await forker.pid1.logged(
    ({ msg, queue, characters }) =>
      msg === "ignored queue: its name is too long" && /^longq+…/.test(String(queue)) && characters === 70_004,
  );
  await forker.finished(await forker.add("quick", {}, "short"));
  assert.equal(await forker.drained(), 0);
  assert.doesNotMatch(forker.pid1.transcript, /lost the channel to init/);
});
