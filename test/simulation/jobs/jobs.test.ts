// Worlds in which the real init, keeper and workers run over the model of Redis: see docs/TESTING.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { mutations } from "./mutations/mutations.ts";
import { runJobsWorld } from "./run-jobs-world.ts";
import { drawJobsScenario } from "./scenario/draw-scenario.ts";

const fixedSeeds = { from: 1020, count: 15 };
/** Each finds a fault of docs/TESTING.md, if it is introduced again. */
const seedsOfFaults = {
  A2: 147,
  A6: 45,
  A8b: 56,
  A9: 265,
  A9b: 111,
  M1: 176,
  M3: 449,
  M5: 418,
  M12: 100,
  M13: 3,
  M14: 2237,
  M16: 1913,
  M17: 69,
  M19: 2185,
  R1: 19,
  R2: 53,
  W3: 2537,
  W4: 3450,
};
/** Each has found a fault of forker, or of the checks. */
const seedsOfRegressions = {
  "Redis refuses halfway to count a death": 866,
  "a keeper gives up handing back jobs that Redis refuses for as long as a lock lasts": 6_000_165,
  "a stalled check finds a job whose host is cut off": 39,
  "its worker takes such a job again": 688,
  "a worker gives up the end of a job that it stopped, and stops": 3_000_204,
  "a container is frozen until another one has its job": 6_010_481,
  "a container is frozen until another one has its isolated job": 6_010_148,
  "a processor whose job was ended without it moves that job": 6_010_387,
  "Redis accepts the failure of a job whose completion the worker has given up": 6_010_269,
  "a time limit ends the worker of a job that init has asked it to stop": 6_020_455,
  "a worker whose isolated job stalled while it was frozen takes that job again": 6_020_682,
  "the stalled check finds a job that the keeper has given up long after Redis has refused": 6_020_711,
  "Redis refuses halfway to fail an undelivered child": 6_020_096,
  "Redis refuses halfway to fail the undelivered child of a job that never ends": 6_020_187,
  "a job blocks the event loop for as long as a worker's maintenance waits": 6_033_107,
  "workers take jobs without BullMQ's event of that": 6_030_094,
  "a parent waits for a child whose end Redis has never accepted": 6_030_657,
  "a worker trusts a rate limit for thirty seconds after it was raised": 6_030_774,
  "a processor that has used up its time to stop returns before its worker ends": 6_031_119,
  "a worker takes a job again that it had lost while it was frozen, in another of its places": 6_031_294,
  "Redis refuses a connection of a processor that moves its job": 6_031_823,
  "Redis refuses a stalled check halfway": 6_033_416,
  "an isolated job kills its process after it was stopped": 6_033_874,
  "a failover loses a scheduler": 6_034_347,
  "the worker of an isolated job is blocked when its runner reports the end": 6_035_104,
  "a runner begins its job right before it is killed because it has not": 6_035_886,
  "a failover pauses a queue again": 6_037_579,
  "Redis refuses to let a worker read a job for its hook": 6_046_463,
  "a keeper is frozen for as long as a lock lasts": 6_047_099,
  "a world is judged when a worker has just taken a scheduled job": 6_047_364,
  "a frozen worker dies before it hears how its isolated job has ended": 6_047_633,
  "Redis refuses the end of a job halfway, and then everything for longer than the keeper tries": 6_045_828,
  "the keeper gives up a job of a range that has no worker": 5_364,
  "an undelivered job of a range is not locked": 6_050_029,
  "the process of a job is killed while Redis is away, until the job would have reached its time limit": 6_048_398,
  "a stalled check takes a job whose worker dies in a frozen container before its process": 6_051_945,
  "a job runs for its second attempt before its producer hears that it was added": 6_050_164,
  "the process of a job dies once, and its workers twice": 6_050_778,
  "a container with a range is killed and has no worker when it starts again": 6_077_507,
  "an isolated job moves itself and starts again before its process has ended": 6_034_424,
};

const seedsWithFleet = [24, 35, 46, 57];

async function holds(seed: number): Promise<void> {
  const { violation, world } = await runJobsWorld(drawJobsScenario(seed));
  const last = world.history.lines().slice(-40).join("\n");
  assert.equal(violation, undefined, `seed ${seed}: run npm run simulate:jobs -- --seed ${seed}\n${last}`);
}

test("every invariant holds in the worlds of the fixed seeds", async () => {
  const { from, count } = fixedSeeds;
  for (let seed = from; seed < from + count; seed++) await holds(seed);
});

test("every invariant holds in worlds with a fleet", async () => {
  for (const seed of seedsWithFleet) await holds(seed);
});

test("no worker of a container that is started again in a suspended fleet takes a job before the fleet is resumed", async () => {
  for (const seed of seedsWithFleet) {
    const { settings, calmAtMs, ...scenario } = drawJobsScenario(seed);
    const jobs = Array.from({ length: 5 }, (_, at) => ({
      atMs: 9_000 + 4_000 * at,
      queue: "usual" as const,
      data: { kind: "good" as const, runMs: 100 },
    }));
    const faults = [
      { kind: "fleetOrder" as const, order: "suspend" as const, choice: 0, atMs: 5_000 },
      { kind: "killForker" as const, choice: 0, atMs: 10_000 },
      { kind: "killForker" as const, choice: 0, atMs: 20_000 },
    ];
    const { violation, world } = await runJobsWorld({ ...scenario, settings, calmAtMs, jobs, schedulers: [], faults });
    assert.equal(violation, undefined);
    const runs = [...world.ledger.runs.values()].flat();
    assert.ok(runs.length >= jobs.length);
    assert.deepEqual(
      runs.filter(({ beganAt }) => beganAt < calmAtMs).map(({ id, beganAt }) => `${id} at ${beganAt}`),
      [],
      `seed ${seed}`,
    );
  }
});

for (const [fault, seed] of Object.entries(seedsOfFaults))
  test(`every invariant holds in the world that finds ${fault}`, async () => await holds(seed));

for (const [fault, seed] of Object.entries(seedsOfRegressions))
  test(`every invariant holds in a world in which ${fault}`, async () => await holds(seed));

describe("a world of jobs", () => {
  test("happens again with the same seed", async () => {
    const [one, other] = [await runJobsWorld(drawJobsScenario(26)), await runJobsWorld(drawJobsScenario(26))];
    assert.equal(one.hash(), other.hash(), "the histories differ");
    assert.ok(one.steps > 1_000);
  });

  test("in which a job is removed behind forker's back violates an invariant", async () => {
    const { jobs, ...scenario } = drawJobsScenario(2);
    const data = { kind: "good", runMs: 1_000 } as const;
    const { violation } = await runJobsWorld(
      { ...scenario, faults: [], jobs: [{ atMs: 5_000, queue: "usual", data }] },
      (world) => {
        for (const key of ["bull:usual:j0", "bull:usual:completed"]) world.server.keys().remove(key);
      },
    );
    assert.match(violation ?? "", /is lost$/);
    assert.ok(jobs.length > 0);
  });
});

test("the text that each mutation replaces is in its file, once", () => {
  for (const { name, file, from } of mutations) {
    const text = readFileSync(path.join(import.meta.dirname, "../../../src", file), "utf8");
    assert.equal(text.split(from).length, 2, name);
  }
});
