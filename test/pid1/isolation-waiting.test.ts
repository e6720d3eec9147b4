// A job that waits for a runner has not started: it is not the cause of what ends its worker, and it says that it waits.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Status } from "../../src/protocol/status.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { endOf } from "../support/isolation.ts";

/** Its runners do not become ready before the test lets them. */
async function startWithoutRunners(env: Readonly<Record<string, string>> = {}): Promise<Forker> {
  return await Forker.start({
    file: "isolated.mjs",
    workload: "jobs",
    env: { FORKER_ISOLATION: "jobs", TEST_HOLDS_RUNNERS: "yes", ...env },
  });
}

const letRunnersStart = (forker: Forker) => forker.client.set("runners-may-start", "1");

/** Waits until the job waits for its runner in a worker other than `before`. */
async function waitingIn(forker: Forker, id: string, before = 0): Promise<Status["slots"][number]["workers"][number]> {
  const holds = ({ slots }: Status) =>
    slots[0]?.workers.find(
      ({ pid, holding }) => pid !== before && holding.some((job) => job.id === id && job.stage === "waitingForRunner"),
    );
  const status = await forker.until(`a new worker in which ${id} waits`, (one) => holds(one) !== undefined);
  const worker = holds(status);
  assert.ok(worker);
  return worker;
}

/** Waits until Redis has the mark of this start of the job: the worker sends it without waiting for the reply. */
async function markedAsWaiting({ client }: Forker, id: string): Promise<void> {
  await eventually(60_000, `the mark of ${id}`, async () => {
    const [mark, start, startedAt] = await client.hmget(`bull:jobs:${id}`, "forkerWaits", "ats", "processedOn");
    return mark === `${start ?? ""}:${startedAt ?? ""}`;
  });
}

describe("a job that waits for a runner", () => {
  test("is shown as waiting, and its slot is not ready, until there is a runner", async () => {
    await using forker = await startWithoutRunners();
    const id = await forker.add("quick");
    const worker = await waitingIn(forker, id);
    assert.equal(worker.holding.length, 1);
    assert.match(await forker.subcommand("status"), /jobs:job-0 waits for a runner for /);
    const { health, ready } = await forker.status();
    assert.equal(ready, false);
    assert.match(health.ready.reason ?? "", /^slot 0: no runner is ready for a job/);
    await letRunnersStart(forker);
    await endOf(forker, id);
    await forker.ready();
  });

  test("is not to blame for the deaths of its workers", async () => {
    await using forker = await startWithoutRunners();
    const id = await forker.add("quick");
    let pid = 0;
    for (let death = 1; death <= 3; death++) {
      ({ pid } = await waitingIn(forker, id, pid));
      forker.pid1.signalInner(pid, "SIGKILL");
    }
    await waitingIn(forker, id, pid);
    await letRunnersStart(forker);
    const { failedReason, returnvalue, attemptsMade } = await endOf(forker, id);
    assert.equal(failedReason, undefined);
    assert.equal(returnvalue.count, 1);
    assert.equal(attemptsMade, 1);
  });

  test("is not to blame if its whole forker is killed, and the next forker finds it", async () => {
    await using forker = await startWithoutRunners();
    const id = await forker.add("quick");
    for (let death = 1; death <= 3; death++) {
      await waitingIn(forker, id);
      await markedAsWaiting(forker, id);
      await forker.killedAndStartedAgain();
    }
    await waitingIn(forker, id);
    await letRunnersStart(forker);
    const { failedReason, attemptsMade } = await endOf(forker, id);
    assert.equal(failedReason, undefined);
    assert.equal(attemptsMade, 1);
    const fields = Object.keys(await forker.client.hgetall(`bull:jobs:${id}`));
    assert.deepEqual(
      fields.filter((field) => field.startsWith("forker")),
      [],
    );
  });

  test("keeps no mark if the next forker has a runner for it at once", async () => {
    await using forker = await startWithoutRunners();
    const id = await forker.add("quick");
    await waitingIn(forker, id);
    await markedAsWaiting(forker, id);
    await letRunnersStart(forker);
    await forker.killedAndStartedAgain();
    await endOf(forker, id);
    await eventually(60_000, "the mark, removed", async () =>
      (await forker.client.hexists(`bull:jobs:${id}`, "forkerWaits")) === 0 ? true : undefined,
    );
  });

  test("is to blame from when its runner has got it", async () => {
    await using forker = await startWithoutRunners();
    const id = await forker.add("deaf");
    await waitingIn(forker, id);
    await letRunnersStart(forker);
    await forker.until("the job to run", ({ slots }) =>
      (slots[0]?.workers[0]?.holding ?? []).some(({ stage }) => stage === "running"),
    );
    await forker.killedAndStartedAgain();
    await forker.logged("handed back orphaned jobs of an earlier instance");
    assert.equal(await forker.client.hget(`bull:jobs:${id}`, "forkerDeaths"), "1");
  });

  for (const [how, stop] of [
    ["USR1", (forker: Forker) => forker.pid1.signal("SIGUSR1")],
    ["stop-job", (forker: Forker, id: string) => forker.subcommand("stop-job", "jobs", id)],
  ] as const)
    test(`ends at ${how} without having started`, async () => {
      await using forker = await startWithoutRunners();
      const id = await forker.add("quick");
      await waitingIn(forker, id);
      await stop(forker, id);
      const { failedReason } = await endOf(forker, id);
      assert.match(failedReason ?? "", /stopped/);
      await letRunnersStart(forker);
      await forker.ready();
      assert.equal(await forker.client.llen("ledger"), 0);
    });

  test("has the whole time of its time limit when it starts", async () => {
    await using forker = await startWithoutRunners({ FORKER_TIME_LIMITS: "jobs 1s" });
    const id = await forker.add("quick");
    await waitingIn(forker, id);
    await forker.until("more than the time limit", ({ slots }) =>
      (slots[0]?.workers[0]?.holding ?? []).some((job) => job.runningMs > 1_500),
    );
    await letRunnersStart(forker);
    const { failedReason, attemptsMade } = await endOf(forker, id);
    assert.equal(failedReason, undefined);
    assert.equal(attemptsMade, 1);
  });
});
