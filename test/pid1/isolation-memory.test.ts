// When memory runs out, the kernel kills the process that uses it, which is only that of one job if the job is isolated.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { TestCgroup } from "../support/cgroup.ts";
import type { Forker } from "../support/forker.ts";
import { endOf, startIsolated, workerPids } from "../support/isolation.ts";

const limitBytes = 500 << 20;
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

describe("the limits of a runner", () => {
  test("end a job that has more memory, even if it blocks its event loop, and nothing else", async () => {
    await using forker = await startIsolated({ env: { FORKER_RUNNER_MEMORY: "400M" } });
    const before = workerPids(await forker.status());
    const { failedReason, attemptsMade } = await endOf(forker, await forker.add("takes 600 MB and spins"));
    assert.match(failedReason, /^the job's process ended: its own memory of \d+ MB is more than its limit of 400 MB$/);
    assert.equal(attemptsMade, 1);
    assert.equal((await endOf(forker, await forker.add("quick"))).failedReason, undefined);
    assert.deepEqual(workerPids(await forker.status()), before);
  });

  test("raise the nice value of all its threads", async () => {
    await using forker = await startIsolated({ env: { FORKER_RUNNER_NICE: "3" } });
    const niceValues = (await endOf(forker, await forker.add("tells its nice values"))).returnvalue as number[];
    const expected = Math.min(19, getPriority() + 3);
    assert.deepEqual(new Set(niceValues), new Set([expected]));
  });
});

/** What an out-of-memory kill does: docs/ISOLATION.md has this table. out-of-memory.test.ts has the job that is not isolated. */
interface Outcome {
  /** What the kernel killed: the role and slot of each process. */
  readonly killed: readonly string[];
  /** The job that took the memory. */
  readonly eater: string;
  /** Another job of the same worker: its result, and how often it started. */
  readonly neighbor: readonly [result: string, starts: number];
  /** A job of another worker. */
  readonly other: readonly [result: string, starts: number];
}

const oom = "out of memory: cgroup oom_kill";
const isolated = { FORKER_ISOLATION: "many" };
const notIsolated = { FORKER_ISOLATION: undefined };

const outcomes: readonly (readonly [
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  eater: string,
  outcome: Outcome,
])[] = [
  [
    "an isolated job takes all memory",
    isolated,
    "eats",
    {
      killed: ["runner of slot 0"],
      eater: `failed: the job's process ended: ${oom}`,
      neighbor: ["released", 1],
      other: ["released", 1],
    },
  ],
  [
    "a child process of an isolated job takes all memory",
    isolated,
    "child eats",
    { killed: [], eater: "completed: SIGKILL", neighbor: ["released", 1], other: ["released", 1] },
  ],
  [
    "a child process of a job that is not isolated takes all memory",
    notIsolated,
    "child eats",
    { killed: [], eater: "completed: SIGKILL", neighbor: ["released", 1], other: ["released", 1] },
  ],
];

describe("out of memory", { skip }, () => {
  for (const [name, env, eater, expected] of outcomes)
    test(name, async () => {
      await using cgroup = new TestCgroup("memory");
      cgroup.limit(limitBytes);
      await using forker = await startIsolated({ workload: "many; plain", env, wrapper: cgroup.wrapper });
      const [neighbor, other] = [await forker.add("held", {}, "many"), await forker.add("held", {}, "plain")];
      await Promise.all([forker.began(neighbor), forker.began(other)]);
      const id = await forker.add(eater, {}, "many");
      await endOf(forker, id, "many");
      for (const one of [neighbor, other]) await forker.release(one);
      assertOutcome(await outcomeOf(forker, { id, neighbor, other }), expected);
      assert.equal(await forker.drained(), 0);
    });
});

/**
 * Linux, oom_reap_task() in mm/oom_kill.c: if the kernel cannot take the memory of a killed process for a second, it kills another one,
 * which happens on a busy machine. In slot 0 that is another runner if jobs are isolated, and otherwise the worker.
 */
function assertOutcome(actual: Outcome, expected: Outcome): void {
  const second = actual.killed[expected.killed.length];
  if (second === undefined) return assert.deepEqual(actual, expected);
  assert.match(second, /^(?:runner|worker) of slot 0$/);
  // The second runner may also be one that waits for a job. A job starts again if its worker dies, and not if its runner does.
  const neighbors = second.startsWith("worker")
    ? [["released", 2]]
    : [
        ["released", 1],
        [`the job's process ended: ${oom}`, 1],
      ];
  assert.ok(
    neighbors.some((one) => isDeepStrictEqual(one, actual.neighbor)),
    JSON.stringify(actual),
  );
  assert.deepEqual(actual, { ...expected, killed: [...expected.killed, second], neighbor: actual.neighbor });
}

async function outcomeOf(forker: Forker, jobs: { id: string; neighbor: string; other: string }): Promise<Outcome> {
  const { failedReason, returnvalue } = await endOf(forker, jobs.id, "many");
  const began = (await forker.ledger()).filter(({ what }) => what === "began");
  const fateOf = async (id: string, queue: string) => {
    const end = await endOf(forker, id, queue);
    return [end.failedReason ?? String(end.returnvalue), began.filter((entry) => entry.id === id).length] as const;
  };
  const [neighbor, other] = [await fateOf(jobs.neighbor, "many"), await fateOf(jobs.other, "plain")];
  return {
    killed: forker.log
      .filter(({ outOfMemory }) => outOfMemory === "cgroup oom_kill")
      .map(({ msg, slot }) => `${String(msg).split(" ")[0]} of slot ${JSON.stringify(slot)}`),
    eater: failedReason === undefined ? `completed: ${String(returnvalue)}` : `failed: ${failedReason}`,
    neighbor,
    other,
  };
}
