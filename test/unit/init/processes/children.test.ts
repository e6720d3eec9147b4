import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Children } from "../../../../src/init/processes/children.ts";
import type { Event } from "../../../../src/init/state/event.ts";
import type { Runner } from "../../../../src/init/state/runner.ts";

/** The turns that a link waits before it concludes that the child has not connected. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

test("a failed start and a process that somebody else reaped both end in the usual exit event", async () => {
  const events: Event[] = [];
  const children = new Children(
    (event) => events.push(event),
    () => undefined,
  );
  children.expectTemplate(1);
  children.notStarted({ role: "template", id: 1 }, "spawn E2BIG");
  children.notStarted({ role: "worker", id: 2 }, "it was never expected");
  children.expectKeeper(3);
  children.keeperSpawned(3, process.pid);
  children.notStarted({ role: "keeper", id: 3 }, "it was launched all the same");
  children.gone({ role: "keeper", id: 3 });
  await turns();
  assert.deepEqual(events.filter((event) => "status" in event).toSorted(byKind), [
    { kind: "keeperExited", keeper: 3, status: { unknown: true } },
    { kind: "templateExited", template: 1, status: { unknown: true, notStarted: "spawn E2BIG" } },
    { kind: "workerExited", worker: 2, status: { unknown: true, notStarted: "it was never expected" } },
  ]);
});

const byKind = (one: Event, other: Event) => one.kind.localeCompare(other.kind);

test("a process that was given up causes no further event", async () => {
  const events: Event[] = [];
  const children = new Children(
    (event) => events.push(event),
    () => undefined,
  );
  const link = children.expectTemplate(1);
  children.forget({ role: "template", id: 1 });
  link.exited({ exitCode: 0 });
  await turns();
  assert.deepEqual(events, []);
});

/** A runner of worker 9, which template 5 was ordered to fork. */
function ordered(id: number): Runner {
  const unknown = { pid: undefined, killedAt: undefined, killFailure: undefined, killedFor: undefined, job: undefined };
  const record = { id, worker: 9, uid: 0, template: 5, slot: 0, generation: 1, askedAt: 0, deadline: 25_000 };
  return { ...record, ...unknown, state: "asked", wasPrimed: false };
}

/** While it has no free descriptor, init can verify no claim. */
function withTable(events: Event[], hasDescriptor = () => true): Children {
  const process = { pid: 7, signal: () => true };
  const rejection = { why: "init cannot verify it: EMFILE", mayPass: true };
  const forked = (pid: number) => (hasDescriptor() ? { ...process, pid } : rejection);
  const table = { spawned: () => process, ended: () => process, forked };
  return new Children(
    (event) => events.push(event),
    () => undefined,
    { ...table, userOf: () => undefined, isStoppedBySignal: () => false },
  );
}

test("a runner that init has given up is known again if its template reports it later", () => {
  const events: Event[] = [];
  const children = withTable(events);
  children.expectRunner(ordered(1));
  children.forget({ role: "runner", id: 1 });
  assert.equal(children.runnerForkedBy(6, 1, 71), undefined, "the other template was not asked for it");
  assert.deepEqual(events, []);
  assert.equal(children.runnerForkedBy(5, 1, 71), undefined);
  assert.deepEqual(events, [
    { kind: "runnerFound", runner: 1, record: ordered(1) },
    { kind: "runnerLaunched", runner: 1, pid: 71 },
  ]);
  assert.equal(children.processOf({ role: "runner", id: 1 })?.pid, 71);
  children.forget({ role: "runner", id: 1 });
  children.runnerForkedBy(5, 1, 71);
  assert.equal(events.length, 2, "one that was known is not reported again");
});

test("a runner that init has given up is known again if it has reached its own worker", () => {
  const events: Event[] = [];
  const children = withTable(events);
  children.expectRunner(ordered(1));
  children.forget({ role: "runner", id: 1 });
  children.runnerReached(8, 1, 71);
  assert.deepEqual(events, [], "it is not the other worker's");
  children.runnerReached(9, 1, 71);
  assert.deepEqual(events, [
    { kind: "runnerFound", runner: 1, record: ordered(1) },
    { kind: "runnerLaunched", runner: 1, pid: 71 },
  ]);
  children.runnerReached(9, 1, 71);
  assert.equal(events.length, 2);
});

test("a runner that is reported while init has no free descriptor is verified once it has one", () => {
  const events: Event[] = [];
  let hasDescriptor = false;
  const children = withTable(events, () => hasDescriptor);
  for (const id of [1, 2]) children.expectRunner(ordered(id));
  assert.equal(children.runnerForkedBy(5, 1, 71), "init cannot verify it: EMFILE");
  children.runnerReached(9, 2, 72);
  children.verifyAgain();
  children.forget({ role: "runner", id: 2 });
  assert.deepEqual(events, []);
  hasDescriptor = true;
  children.verifyAgain();
  children.verifyAgain();
  assert.deepEqual(events, [
    { kind: "runnerLaunched", runner: 1, pid: 71 },
    { kind: "runnerFound", runner: 2, record: ordered(2) },
    { kind: "runnerLaunched", runner: 2, pid: 72 },
  ]);
});

test("a runner is known by its template's report, or by the report of its own worker that it has reached that", () => {
  const events: Event[] = [];
  const children = withTable(events);
  for (const id of [1, 2]) children.expectRunner(ordered(id));
  assert.equal(children.runnerForkedBy(5, 1, 71), undefined);
  children.runnerReached(9, 1, 71);
  children.runnerReached(8, 2, 72);
  assert.deepEqual(events, [{ kind: "runnerLaunched", runner: 1, pid: 71 }]);
  children.runnerReached(9, 2, 71);
  children.runnerReached(9, 2, 72);
  assert.equal(children.runnerForkedBy(5, 2, 72), undefined);
  assert.deepEqual(events.slice(1), [{ kind: "runnerLaunched", runner: 2, pid: 72 }]);
  assert.equal(children.processOf({ role: "runner", id: 2 })?.pid, 72);
});
