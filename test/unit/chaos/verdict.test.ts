import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Lifetime } from "../../chaos/account/census.ts";
import type { Entry, RunEntry } from "../../chaos/account/entry.ts";
import type { BookEvent, JobBooks } from "../../chaos/books/books.ts";
import type { Act, ActKind } from "../../chaos/monkey/acts.ts";
import { hinderedMs, hindrances } from "../../chaos/verdict/excuses.ts";
import { type Evidence, verdictOn } from "../../chaos/verdict/verdict.ts";

const added: Entry = {
  what: "added",
  atMs: 1_000,
  queue: "jobs",
  id: "a",
  kind: "waits",
  meant: "completed",
  attempts: 1,
};

function run(what: RunEntry["what"], atMs: number, pid = 7, start = `${pid}`): RunEntry {
  return { what, atMs, queue: "jobs", id: "a", kind: "waits", start, life: 1, pid, slot: 0 };
}

function event(name: string, atMs: number, prev?: string): BookEvent {
  return { event: name, atMs, prev };
}

function books(changes: Partial<JobBooks> = {}): JobBooks {
  const events = [event("waiting", 1_000), event("active", 2_000, "waiting"), event("completed", 3_000, "active")];
  const plain = { attemptsMade: 1, stalledCounter: 0, failedReason: undefined };
  return { queue: "jobs", id: "a", state: "completed", events, ...plain, ...changes };
}

function lifetime(pid: number, goneMs = Infinity): Lifetime {
  return { life: 1, pid, startedAt: "1", title: `forker worker ${pid}`, firstMs: 0, lastMs: goneMs - 50, goneMs };
}

function act(kind: ActKind, fromMs: number, changes: Partial<Act> = {}): Act {
  return { kind, atMs: 0, pick: 0, ms: 0, fromMs, toMs: fromMs, life: 1, ...changes };
}

function judged(evidence: Partial<Evidence>) {
  const verdict = verdictOn({
    entries: [added, run("began", 2_000), run("ended", 2_900)],
    books: [books()],
    lifetimes: [lifetime(7), lifetime(8)],
    acts: [],
    endedInRedis: new Set(),
    isolation: false,
    ...evidence,
  });
  const [judgement] = verdict.judgements;
  return { verdict, judgement, faults: judgement?.faults ?? [], whys: judgement?.restarts.map(({ why }) => why) ?? [] };
}

describe("the verdict of the chaos test", () => {
  test("finds no fault with a job that ran once and completed", () => {
    const { judgement, faults } = judged({});
    assert.equal(judgement?.outcome, "completed");
    assert.deepEqual(faults, []);
  });

  test("finds no fault with a job that began again after its worker was killed, and measures its wait from the kill", () => {
    const { verdict, faults, whys } = judged({
      entries: [added, run("began", 2_000), run("began", 2_800, 8), run("ended", 2_900, 8)],
      books: [
        books({
          events: [event("active", 2_000), event("waiting", 2_650, "active"), event("completed", 3_000, "active")],
        }),
      ],
      lifetimes: [lifetime(7, 2_540), lifetime(8)],
      acts: [act("kill worker", 2_500, { pid: 7 })],
    });
    assert.deepEqual(faults, []);
    assert.deepEqual(whys, ["its worker died"]);
    assert.deepEqual([verdict.waits.back, verdict.waits.again], [[150], [300]]);
  });

  test("finds the promise broken by a job that began again while its worker lives", () => {
    const { faults, whys } = judged({
      entries: [added, run("began", 2_000), run("began", 2_500, 8), run("ended", 2_600, 8), run("ended", 2_900)],
      lifetimes: [lifetime(7, 9_000), lifetime(8)],
    });
    assert.deepEqual(whys, ["it had ended, and its worker lived on"]);
    assert.equal(faults.length, 1);
  });

  test("accepts an end that BullMQ never had as at-least-once only if the worker died of it", () => {
    const entries = [added, run("began", 2_000), run("ended", 2_100), run("began", 2_500, 8), run("ended", 2_600, 8)];
    const died = judged({ entries, lifetimes: [lifetime(7, 2_150), lifetime(8)] });
    assert.deepEqual(died.whys, ["its worker died after the job's last line, before BullMQ had it"]);
    assert.deepEqual(died.faults, []);
    assert.deepEqual(judged({ entries }).whys, ["it had ended, and its worker lived on"]);
  });

  test("accepts a planned retry and a requested stop as restarts", () => {
    const entries = [added, run("began", 2_000, 7, "x"), run("failed", 2_100, 7, "x"), run("began", 2_500, 7, "y")];
    const rest = [run("aborted", 2_600, 7, "y"), run("began", 2_700, 8), run("ended", 2_800, 8)];
    const { whys, faults } = judged({ entries: [...entries, ...rest] });
    assert.deepEqual(whys, ["retried as meant", "told to stop, and handed back"]);
    assert.deepEqual(faults, []);
  });

  for (const [name, changes, pattern] of [
    ["stuck", { state: "active" }, /^stuck: still active/],
    ["lost", { state: undefined }, /^lost/],
    ["failed as stalled", { state: "failed", failedReason: "job stalled more than allowable limit" }, /^failed as st/],
    ["failed", { state: "failed", failedReason: "oh" }, /^failed: oh/],
    ["completed", { attemptsMade: 2 }, /^took 2 attempts instead of 1/],
    ["completed", { events: [event("completed", 1), event("completed", 2)] }, /^completed 2 times/],
    ["completed", { events: [event("stalled", 1)] }, /^found stalled/],
  ] as const) {
    test(`finds the promise broken: ${String(pattern)}`, () => {
      const { judgement, faults } = judged({ books: [books(changes)] });
      assert.equal(judgement?.outcome, name);
      assert.match(faults[0] ?? "", pattern);
    });
  }

  test("takes no job as completed without an end in the job's own account, whatever BullMQ recorded", () => {
    assert.match(judged({ entries: [added, run("began", 2_000)] }).faults[0] ?? "", /never ran to its end/);
  });

  test("ignores a job that BullMQ never confirmed and does not have", () => {
    assert.equal(judged({ entries: [{ ...added, what: "adding" }], books: [] }).judgement, undefined);
    assert.equal(judged({ entries: [added], books: [] }).judgement?.outcome, "lost");
  });

  test("lists the limit of deaths as an outcome of its own, which needs deaths", () => {
    const fused = { state: "failed", failedReason: "the worker died of SIGKILL; 3 workers died with this job" };
    const entries = [added, ...[11, 12, 13].map((pid, at) => run("began", 2_000 + at * 1_000, pid))];
    const lifetimes = [11, 12, 13].map((pid, at) => lifetime(pid, 2_500 + at * 1_000));
    const { judgement, faults } = judged({ entries, lifetimes, books: [books(fused)] });
    assert.equal(judgement?.outcome, "fused");
    assert.deepEqual(faults, []);
    assert.match(judged({ entries, lifetimes: [], books: [books(fused)] }).faults[0] ?? "", /0 workers died/);
  });

  test("lists jobs that were held when init died in a row of their own, where a stall is a fault too", () => {
    const withInit = (prev: string, name: string) =>
      judged({
        entries: [added, run("began", 2_000), run("began", 2_800, 8), run("ended", 2_900, 8)],
        books: [
          books({
            events: [
              event("active", 2_000),
              event(name, 2_700, prev),
              event("active", 2_800, "waiting"),
              event("completed", 3_000, "active"),
            ],
          }),
        ],
        lifetimes: [lifetime(7, 2_540), { ...lifetime(8), life: 2 }],
        acts: [act("kill init", 2_500, { pid: 1 })],
      });
    const { faults, verdict } = withInit("active", "waiting");
    assert.deepEqual(faults, []);
    assert.deepEqual(verdict.waits.again, []);
    assert.deepEqual(verdict.waits.backWithInit, [200]);
    assert.deepEqual(withInit("active", "stalled").faults, ["found stalled 1 times"]);
  });

  test("finds a fault of the account in an end that only Redis has", () => {
    assert.equal(judged({ endedInRedis: new Set(["jobs|a|7"]) }).verdict.faults.length, 0);
    assert.equal(judged({ endedInRedis: new Set(["jobs|a|other"]) }).verdict.faults.length, 1);
  });
});

describe("the verdict on isolated jobs", () => {
  const title = "forker runner 0 gen 1 processing jobs:a since 12:00:00";
  const runner = (pid: number, goneMs: number): Lifetime => ({ ...lifetime(pid, goneMs), title });
  const worker = (goneMs = Infinity): Lifetime => ({
    ...lifetime(5, goneMs),
    title: "forker worker 0 gen 1 [*] taking",
  });
  const again = [added, run("began", 2_000), run("began", 2_800, 8), run("ended", 2_900, 8)];
  const endedFirst = [...again, run("ended", 2_400)];
  const runners = [runner(7, 2_540), runner(8, 3_000)];
  const killed = act("kill runner", 2_500, { pid: 7, title });

  test("accepts another run if the process of the first was killed, also after its last line", () => {
    const evidence = { isolation: true, lifetimes: [worker(), ...runners], acts: [killed] };
    assert.deepEqual(judged({ ...evidence, entries: again }).whys, ["its worker died"]);
    const { whys, faults } = judged({ ...evidence, entries: endedFirst });
    assert.deepEqual(whys, ["its worker died after the job's last line, before BullMQ had it"]);
    assert.deepEqual(faults, []);
  });

  test("finds the promise broken if nothing has ended the first process, which always ends", () => {
    const evidence = { isolation: true, lifetimes: [worker(), ...runners] };
    const { whys, faults } = judged({ ...evidence, entries: again });
    assert.deepEqual(whys, ["its process ended, and nothing had ended it"]);
    assert.equal(faults.length, 1);
    assert.deepEqual(judged({ ...evidence, entries: endedFirst }).whys, ["it had ended, and its worker lived on"]);
  });

  test("finds the promise broken if the first process still runs, whatever was sent to it", () => {
    const lifetimes = [worker(), runner(7, 9_000), runner(8, 3_000)];
    assert.deepEqual(judged({ isolation: true, entries: again, lifetimes, acts: [killed] }).whys, [
      "its worker lived on",
    ]);
  });

  test("accepts the death of the worker as the cause, and measures the wait from there", () => {
    const events = [event("active", 2_000), event("waiting", 2_650, "active"), event("completed", 3_000, "active")];
    const { verdict, whys } = judged({
      isolation: true,
      entries: again,
      books: [books({ events })],
      lifetimes: [worker(2_450), ...runners],
      acts: [act("kill worker", 2_400, { pid: 5, title: "forker worker 0 gen 1 [*] taking" })],
    });
    assert.deepEqual(whys, ["its worker died"]);
    assert.deepEqual(verdict.waits.back, [250]);
  });

  test("accepts a job that was stopped and did not end by itself", () => {
    const stop = act("stop all jobs", 2_300, { pid: 1 });
    const evidence = { isolation: true, entries: again, lifetimes: [worker(), ...runners], acts: [stop] };
    assert.deepEqual(judged(evidence).whys, ["its worker died"]);
  });

  test("finds a process that ran a second job", () => {
    const second: Entry = { ...run("began", 2_950), id: "b" };
    const evidence = { entries: [added, run("began", 2_000), run("ended", 2_900), second] };
    assert.equal(judged(evidence).verdict.faults.length, 0);
    assert.deepEqual(judged({ ...evidence, isolation: true }).verdict.faults, [
      "process 1:7 ran several jobs: jobs:a, jobs:b",
    ]);
  });
});

describe("what hinders redelivery", () => {
  const acts = [
    act("kill Redis", 1_000, { toMs: 2_000 }),
    act("hold traffic", 1_500, { toMs: 3_000 }),
    act("freeze keeper", 5_000, { toMs: 6_000 }),
    act("freeze worker", 7_000, { toMs: 9_000 }),
    act("freeze init", 8_000, { toMs: 9_000, missed: "gone" }),
  ];

  test("is the time for which the monkey held Redis, init or keeper, counted once where it overlaps", () => {
    assert.deepEqual(hindrances(acts), [
      { fromMs: 1_000, toMs: 3_000 },
      { fromMs: 5_000, toMs: 6_000 },
    ]);
  });

  test("counts only the part that falls into the wait", () => {
    assert.equal(hinderedMs(hindrances(acts), 2_500, 3_000), 500 + 500);
    assert.equal(hinderedMs(hindrances(acts), 3_000, 2_000), 0);
  });
});
