// When memory runs out, the kernel kills the process of the job that uses it, and no other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { TestCgroup } from "../support/cgroup.ts";
import type { Forker } from "../support/forker.ts";
import { endOf, startIsolated, workerPids } from "../support/isolation.ts";

const skip = TestCgroup.missing("memory") ?? false;

/** The scores of the processes of each role, by their titles. */
function scores(forker: Forker): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const { outerPid, pid, commandLine } of forker.pid1.processes()) {
    const role = pid === 1 ? "init" : /^forker (\w+)/.exec(commandLine)?.[1];
    if (role === undefined) continue;
    const score = Number(readFileSync(`/proc/${outerPid}/oom_score_adj`, "utf8"));
    found.set(role, (found.get(role) ?? new Set()).add(score));
  }
  return found;
}

test("the kernel prefers runners to workers, workers to the template, that to the keeper, and that to init", async () => {
  await using forker = await startIsolated();
  await forker.logged("keeper ready");
  await forker.began(await forker.add("held"));
  const found = scores(forker);
  const order = ["init", "keeper", "template", "worker", "runner"];
  const ordered = order.map((role) => {
    const [score, ...others] = found.get(role) ?? [];
    assert.deepEqual(others, [], role);
    return score ?? assert.fail(`no ${role} in ${JSON.stringify(forker.pid1.processes())}`);
  });
  assert.deepEqual(
    ordered,
    ordered.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(ordered).size, order.length);
});

describe("out of memory", { skip }, () => {
  test("an isolated job fails with the kernel's reason; its worker and the other jobs continue", async () => {
    await using cgroup = new TestCgroup("memory");
    cgroup.limit(500 << 20);
    await using forker = await startIsolated({ wrapper: cgroup.wrapper });
    const before = workerPids(await forker.status());
    const other = await forker.add("held", {}, "many");
    const { pid } = await forker.began(other);
    const { failedReason, attemptsMade } = await endOf(forker, await forker.add("eats", {}, "many"), "many");
    assert.equal(failedReason, "the job's process ended: out of memory: cgroup oom_kill");
    assert.equal(attemptsMade, 1);
    await forker.release(other);
    assert.equal((await endOf(forker, other, "many")).returnvalue, "released");
    assert.equal((await forker.finished(other)).pid, pid);
    assert.deepEqual(workerPids(await forker.status()), before);
    assert.equal(await forker.drained(), 0);
  });
});
