import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { scaleRange } from "../../../../src/init/decide/scale-range.ts";
import type { RangeSnapshot } from "../../../../src/init/state/demand.ts";
import { assertHolds } from "../../../support/properties.ts";
import { idleRange as idle, mb, type Step, stepsUnder, waiting } from "../../../support/range-load.ts";

const full = { ...idle, busyWorkers: 1, heldLoad: 1 };

describe("the number of a range's workers", () => {
  const cases: readonly { what: string; given: RangeSnapshot; workers: number; heldBy?: "memory" | "cpu" }[] = [
    { what: "stays while nothing waits", given: idle, workers: 1 },
    { what: "stays while one worker clears what waits in time", given: { ...full, ...waiting(50) }, workers: 1 },
    { what: "is as many as clear it in time", given: { ...full, ...waiting(120) }, workers: 3 },
    { what: "is the maximum at most", given: { ...full, ...waiting(500) }, workers: 8 },
    { what: "is not larger than the number of jobs", given: { ...full, ...waiting(1, 60_000) }, workers: 2 },
    {
      what: "is one for each job while nobody knows how long they take",
      given: { ...full, queues: [{ dueJobs: 3, jobMs: undefined, jobsAtATime: 1 }] },
      workers: 3,
    },
    { what: "counts the jobs that a worker runs at a time", given: { ...full, ...waiting(500, 20, 5) }, workers: 2 },
    {
      what: "is one more if none takes a job, whatever they take on average",
      given: { ...full, ...waiting(2), sinceTakenMs: 1_000 },
      workers: 2,
    },
    {
      what: "stays while an idle worker has not taken what waits",
      given: { ...idle, ...waiting(2), sinceTakenMs: 5_000 },
      workers: 1,
    },
    {
      what: "is one as soon as a job waits and there is none",
      given: { ...idle, minimum: 0, workers: 0, ...waiting(1) },
      workers: 1,
    },
    { what: "is the minimum if it was raised", given: { ...idle, minimum: 3 }, workers: 3 },
    {
      what: "is the maximum if it was lowered",
      given: { ...idle, maximum: 4, workers: 6, busyWorkers: 6 },
      workers: 4,
    },
    {
      what: "is limited by the memory that is free",
      given: { ...full, ...waiting(500), room: { ...idle.room, freeMemoryBytes: 100 * mb } },
      workers: 4,
      heldBy: "memory",
    },
    {
      what: "leaves those that have just started the memory that they will need",
      given: {
        ...full,
        workers: 3,
        unmeasuredWorkers: 2,
        ...waiting(500),
        room: { ...idle.room, freeMemoryBytes: 100 * mb },
      },
      workers: 4,
      heldBy: "memory",
    },
    {
      what: "stays when too much memory is used",
      given: { ...full, ...waiting(500), room: { ...idle.room, freeMemoryBytes: -5 * mb } },
      workers: 1,
      heldBy: "memory",
    },
    {
      what: "is one for each CPU until it is known what a worker uses",
      given: { ...full, ...waiting(500), cpusABusyWorker: undefined },
      workers: 2,
    },
    {
      what: "is limited by the CPUs that are left for workers like these",
      given: { ...full, ...waiting(500), cpusABusyWorker: 1, room: { ...idle.room, usedCpus: 1 } },
      workers: 2,
    },
    {
      what: "stays when the CPUs are used",
      given: {
        ...full,
        workers: 2,
        busyWorkers: 2,
        ...waiting(500),
        cpusABusyWorker: 1,
        room: { ...idle.room, usedCpus: 2 },
      },
      workers: 2,
      heldBy: "cpu",
    },
    {
      what: "does not fall before fewer have been enough for some time",
      given: { ...idle, workers: 4, quietForMs: 29_999 },
      workers: 4,
    },
    {
      what: "falls to the most that were needed in that time",
      given: { ...idle, workers: 4, quietForMs: 30_000, quietPeak: 2 },
      workers: 2,
    },
    {
      what: "falls to the minimum at most",
      given: { ...idle, workers: 4, minimum: 3, quietForMs: 30_000, quietPeak: 2 },
      workers: 3,
    },
    {
      what: "leaves some time free",
      given: { ...idle, workers: 4, quietForMs: 30_000, quietPeak: 2, quietBusyMs: 2 * 30_000 },
      workers: 3,
    },
    {
      what: "waits for longer where jobs are long",
      given: { ...idle, workers: 4, quietForMs: 30_000, ...waiting(0, 20_000) },
      workers: 4,
    },
    {
      what: "waits for longer after a step down that was undone",
      given: { ...idle, workers: 4, quietForMs: 59_999, undoneSteps: 1 },
      workers: 4,
    },
    {
      what: "falls to the minimum when there has been no job, whatever was undone before",
      given: { ...idle, workers: 4, quietForMs: 30_000, quietPeak: 3, idleForMs: 30_000, undoneSteps: 3 },
      workers: 1,
    },
  ];
  for (const { what, given, workers, heldBy } of cases)
    test(what, () => assert.deepEqual(scaleRange(given), { workers, heldBy }));

  const snapshots: fc.Arbitrary<RangeSnapshot> = fc
    .record({
      minimum: fc.nat(8),
      more: fc.nat(24),
      workers: fc.nat(40),
      busyShare: fc.double({ min: 0, max: 1, noNaN: true }),
      dueJobs: fc.nat(100_000),
      jobMs: fc.option(fc.integer({ min: 0, max: 600_000 }), { nil: undefined }),
      jobsAtATime: fc.integer({ min: 1, max: 20 }),
      sinceTakenMs: fc.nat(100_000),
      quietForMs: fc.nat(100_000),
      freeMemoryBytes: fc.option(fc.integer({ min: -(2 ** 30), max: 2 ** 33 }), { nil: undefined }),
      usedCpus: fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: undefined }),
      grantedCpus: fc.double({ min: 0.1, max: 16, noNaN: true }),
    })
    .map(({ more, busyShare, freeMemoryBytes, usedCpus, grantedCpus, dueJobs, jobMs, jobsAtATime, ...given }) => {
      const busyWorkers = Math.floor(given.workers * busyShare);
      return {
        ...idle,
        ...given,
        ...waiting(dueJobs, jobMs, jobsAtATime),
        maximum: Math.max(1, given.minimum + more),
        busyWorkers,
        heldLoad: busyWorkers,
        cpusABusyWorker: usedCpus === undefined || busyWorkers === 0 ? undefined : usedCpus / busyWorkers,
        room: { freeMemoryBytes, usedCpus, grantedCpus },
      };
    });

  test("is within its bounds, whatever init knows", () => {
    assertHolds(
      fc.property(snapshots, (snapshot) => {
        const { workers } = scaleRange(snapshot);
        assert.ok(workers >= snapshot.minimum && workers <= snapshot.maximum, `${workers}`);
      }),
    );
  });

  test("never grows beyond the memory and the CPUs that are left, except to the minimum", () => {
    assertHolds(
      fc.property(snapshots, (snapshot) => {
        const { workers } = scaleRange(snapshot);
        const { room, workerBytes, minimum } = snapshot;
        const added = workers - snapshot.workers;
        if (added <= 0 || workers <= minimum) return;
        if (room.freeMemoryBytes !== undefined)
          assert.ok(added * workerBytes <= room.freeMemoryBytes, `${added} by memory`);
        const { cpusABusyWorker } = snapshot;
        if (room.usedCpus === undefined || cpusABusyWorker === undefined)
          assert.ok(workers <= Math.ceil(room.grantedCpus), `${workers} by CPUs`);
        else
          assert.ok(
            (added - 0.5) * Math.max(0.01, cpusABusyWorker) <= room.grantedCpus - room.usedCpus,
            `${added} by CPU`,
          );
      }),
    );
  });
});

describe("under a steady load", () => {
  const loads = fc.record({
    jobMs: fc.integer({ min: 50, max: 20_000 }),
    offered: fc.double({ min: 0.05, max: 12, noNaN: true }),
    seed: fc.nat(),
  });
  const quietMs = (jobMs: number) => Math.max(30_000, 3 * jobMs);

  test("of jobs that come evenly, the number of workers settles, and does not go up and down", () => {
    assertHolds(
      fc.property(loads, ({ jobMs, offered, seed }) => {
        const settledMs = 20 * quietMs(jobMs);
        const steps = stepsUnder({ everyMs: jobMs / offered, jobMs, isEven: true, seed }, 2 * settledMs);
        const late = steps.filter(({ at }) => at > settledMs);
        assert.ok(late.length <= 1, JSON.stringify(steps));
        const workers = steps.at(-1)?.to ?? 1;
        assert.ok(workers >= offered, `${workers} workers for a load of ${offered}`);
      }),
      { runs: 60 },
    );
  });

  test("of jobs that come at random, each step down that is undone soon makes the next one wait for longer", () => {
    assertHolds(
      fc.property(loads, ({ jobMs, offered, seed }) => {
        const everyMs = jobMs / offered;
        const steps = stepsUnder({ everyMs, jobMs, isEven: false, seed }, 40 * quietMs(jobMs));
        const patientMs = ({ undoneSteps }: Step) => quietMs(jobMs) * 2 ** undoneSteps;
        for (const [at, step] of steps.entries()) {
          const [before, earlier] = [steps[at - 1], steps[at - 2]];
          if (step.to > step.from || step.isLull || before === undefined) continue;
          assert.ok(step.at - before.at >= patientMs(step), JSON.stringify(steps));
          if (earlier === undefined || earlier.to > earlier.from || earlier.isLull || before.to < before.from) continue;
          // A lull ends what is known of a load.
          const isUndone = before.at - earlier.at < 16 * patientMs(earlier) && step.undoneSteps > 0;
          if (isUndone) assert.equal(step.undoneSteps, Math.min(3, earlier.undoneSteps + 1), JSON.stringify(steps));
        }
      }),
      { runs: 30 },
    );
  });

  test("that ends, as many workers are left as are needed after one quiet time", () => {
    assertHolds(
      fc.property(fc.nat(3), fc.integer({ min: 2, max: 8 }), (undoneSteps, workers) => {
        const lull = { ...idle, workers, undoneSteps, usualLoad: workers, idleForMs: 30_000, quietForMs: 30_000 };
        assert.equal(scaleRange(lull).workers, idle.minimum);
      }),
    );
  });
});
