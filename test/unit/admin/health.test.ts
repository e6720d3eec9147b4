import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type HealthSnapshot,
  isAsAsked,
  liveness,
  readiness,
  type SlotSnapshot,
  startup,
  type WorkerSnapshot,
} from "../../../src/admin/health.ts";

function worker(given: Partial<WorkerSnapshot> = {}): WorkerSnapshot {
  return {
    pid: 7,
    doing: "taking",
    connected: true,
    connectionError: undefined,
    stuck: undefined,
    unkillable: undefined,
    ...given,
  };
}

function slot(workers: readonly WorkerSnapshot[], given: Partial<SlotSnapshot> = {}): SlotSnapshot {
  return { slot: 0, workers, crashes: 0, retryInMs: 0, ...given };
}

function snapshot(given: Partial<HealthSnapshot> = {}): HealthSnapshot {
  return { phase: "running", isUp: true, isSuspended: false, sinceTurnMs: 3, slots: [slot([worker()])], ...given };
}

const refused = { connected: false, connectionError: "connect ECONNREFUSED" } as const;

interface Case {
  readonly what: string;
  readonly given: HealthSnapshot;
  /** Of readiness; null if it is ready. */
  readonly reason: string | null;
  readonly live?: false;
  readonly up?: false;
  readonly asAsked?: true;
}

const cases: readonly Case[] = [
  { what: "every slot takes jobs", given: snapshot(), reason: null, asAsked: true },
  {
    what: "the application is loading",
    given: snapshot({ phase: "booting", isUp: false, slots: [] }),
    reason: "the application is loading",
    up: false,
  },
  {
    what: "the application has loaded, and its workers are starting",
    given: snapshot({ isUp: false, slots: [slot([worker({ doing: "starting", connected: false })])] }),
    reason: "slot 0: starting",
    up: false,
  },
  {
    what: "init ordered a worker to take jobs, and the worker has not confirmed it",
    given: snapshot({ slots: [slot([worker({ doing: "standby" })])] }),
    reason: "slot 0: standby",
  },
  {
    what: "one slot of two is empty after crashes",
    given: snapshot({ slots: [slot([worker()]), slot([], { slot: 1, crashes: 4, retryInMs: 800 })] }),
    reason: "slot 1: no worker: 4 crashes in a row, the next try in 0.8 s",
  },
  {
    what: "Redis is away",
    given: snapshot({ slots: [slot([worker(refused)])] }),
    reason: "slot 0: waiting for Redis: connect ECONNREFUSED",
  },
  {
    what: "Redis was never reached",
    given: snapshot({ slots: [slot([worker({ connected: false })])] }),
    reason: "slot 0: waiting for Redis",
  },
  {
    what: "the forker is suspended",
    given: snapshot({ slots: [slot([worker({ doing: "suspended" })])] }),
    reason: "slot 0: suspended",
    asAsked: true,
  },
  {
    what: "the forker is suspended, and the demand has added no worker",
    given: snapshot({ isSuspended: true, slots: [] }),
    reason: "suspended",
    asAsked: true,
  },
  {
    what: "one worker is suspended and another is starting",
    given: snapshot({
      slots: [slot([worker({ doing: "suspended" })]), slot([worker({ doing: "starting" })], { slot: 1 })],
    }),
    reason: "slot 0: suspended; slot 1: starting",
  },
  {
    what: "an old worker finishes its last jobs in a reload",
    given: snapshot({ slots: [slot([worker({ doing: "draining" }), worker({ doing: "standby" })])] }),
    reason: null,
    asAsked: true,
  },
  { what: "the forker drains", given: snapshot({ phase: "draining" }), reason: "draining" },
  { what: "the forker stops", given: snapshot({ phase: "stopping", slots: [] }), reason: "stopping" },
  {
    what: "a worker takes no jobs, and is about to be replaced",
    given: snapshot({ slots: [slot([worker({ stuck: "it has taken no job for 60 s" })])] }),
    reason: "slot 0: it has taken no job for 60 s",
  },
  {
    what: "a suspended worker was stopped by SIGSTOP as well",
    given: snapshot({ slots: [slot([worker({ doing: "suspended", stuck: "stopped (SIGSTOP)" })])] }),
    reason: "slot 0: stopped (SIGSTOP)",
  },
  {
    what: "a worker cannot be ended",
    given: snapshot({ slots: [slot([worker({ doing: "killed", unkillable: "SIGKILL has not ended it for 75 s" })])] }),
    reason: "slot 0: killed",
    live: false,
  },
  { what: "the loop stands still", given: snapshot({ sinceTurnMs: 10_400 }), reason: null, live: false, asAsked: true },
  { what: "the loop was late", given: snapshot({ sinceTurnMs: 9_000 }), reason: null, asAsked: true },
];

describe("health", () => {
  for (const { what, given, reason, live = true, up = true, asAsked = false } of cases) {
    test(`${what}: ${reason ?? "ready"}, ${live ? "live" : "not live"}, ${up ? "up" : "not up"}`, () => {
      assert.equal(readiness(given).reason, reason);
      assert.equal(readiness(given).ok, reason === null);
      assert.equal(liveness(given).ok, live);
      assert.equal(startup(given).ok, up);
      assert.equal(isAsAsked(given), asAsked);
    });
  }

  test("names the worker that a verdict is about", () => {
    const unkillable = worker({ pid: 9, doing: "killed", unkillable: "SIGKILL has not ended it for 75 s" });
    const verdict = liveness(snapshot({ slots: [slot([worker()]), slot([unkillable], { slot: 1 })] }));
    assert.deepEqual(verdict, {
      ok: false,
      reason: "slot 1: unkillable: SIGKILL has not ended it for 75 s",
      slots: [
        { slot: 0, pid: 7, ok: true, state: "taking", suspended: false },
        { slot: 1, pid: 9, ok: false, state: "unkillable: SIGKILL has not ended it for 75 s", suspended: false },
      ],
    });
  });

  test("stays up once it was up, whatever happens to its workers", () => {
    for (const phase of ["running", "draining", "stopping"] as const) {
      assert.ok(startup(snapshot({ phase, slots: [slot([], { crashes: 3 })] })).ok);
    }
  });

  test("is up without Redis, and names the slot that startup waits for", () => {
    const given = snapshot({ isUp: false, slots: [slot([worker(refused)]), slot([], { slot: 1, crashes: 1 })] });
    assert.equal(startup(given).reason, "slot 1: no worker: 1 crash, the next try in 0.0 s");
  });
});
