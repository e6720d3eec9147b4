import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndReport } from "../../../../src/protocol/messages.ts";
import { limits, type Nature, Universe } from "../../../support/universe.ts";

const keep = 10;

function universe(nature: Partial<Nature> = {}): Universe {
  const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
  const made = new Universe({ engine: "fork", workers: 2, redis, ...nature }, { ...limits, pendingEnds: keep });
  made.settle();
  return made;
}

function end(id: string, queue = "jobs"): EndReport {
  return { queue, id, failure: { name: "Error", message: "it died" }, attemptsMade: 1 };
}

function passedOn({ actions }: Universe): number[] {
  return actions.flatMap((action) => (action.kind === "passOnEnd" ? [action.worker] : []));
}

function dropped({ actions }: Universe): string[] {
  return actions.flatMap((action) => (action.kind === "dropEnds" ? action.jobs.map(({ id }) => id) : []));
}

describe("the hook for an end that the keeper has written", () => {
  test("goes to one worker that takes from the queue, and is forgotten once that worker calls it", () => {
    const here = universe();
    here.happen({ kind: "jobEnded", report: end("1") });
    assert.equal(passedOn(here).length, 1);
    assert.equal(here.world.pendingEnds.length, 1);
    here.settle();
    assert.deepEqual(here.world.pendingEnds, []);
    assert.equal(passedOn(here).length, 1);
  });

  test("goes to the worker that has the least to do", () => {
    const here = universe();
    const [busy, idle] = here.world.workers;
    assert.ok(busy?.statusUpdate && idle);
    busy.statusUpdate = { ...busy.statusUpdate, holding: [{ queue: "jobs", id: "0", startedAt: 0, stage: "running" }] };
    here.happen({ kind: "jobEnded", report: end("1") });
    assert.deepEqual(passedOn(here), [idle.id]);
  });

  test("goes to another worker if the first died before it called it", () => {
    const here = universe();
    here.happen({ kind: "jobEnded", report: end("1") });
    const [first] = passedOn(here);
    here.pending.splice(0);
    here.happen({ kind: "workerExited", worker: first ?? 0, status: { signal: "SIGKILL" } });
    here.settle();
    const [, second, ...more] = passedOn(here);
    assert.notEqual(second, first);
    assert.deepEqual(more, []);
    assert.deepEqual(here.world.pendingEnds, []);
  });

  test("does not go to another worker if the first died in it", () => {
    const here = universe();
    here.happen({ kind: "jobEnded", report: end("1") });
    const [first = 0] = passedOn(here);
    here.settle();
    here.happen({ kind: "workerExited", worker: first, status: { signal: "SIGKILL" } });
    here.settle();
    assert.deepEqual(passedOn(here), [first]);
  });

  test("waits for the next worker that starts if none lives", () => {
    const here = universe({ workers: 1 });
    here.happen({ kind: "workerExited", worker: here.world.workers[0]?.id ?? 0, status: { signal: "SIGKILL" } });
    here.happen({ kind: "jobEnded", report: end("1") });
    assert.deepEqual(passedOn(here), []);
    here.settle();
    assert.deepEqual(passedOn(here), [here.world.workers[0]?.id]);
  });

  test("is given up, and its job named, at the exit if no worker is left", () => {
    const here = universe();
    here.happen({ kind: "jobEnded", report: end("1", "nobody's") });
    here.happen({ kind: "order", order: { kind: "drain" } });
    here.settle();
    assert.equal(here.exited, "done");
    assert.deepEqual(dropped(here), ["1"]);
  });

  test("is given up, oldest first, and its job named, if too many wait", () => {
    const here = universe();
    for (let id = 0; id <= keep; id++) here.happen({ kind: "jobEnded", report: end(String(id), "nobody's") });
    assert.deepEqual(dropped(here), ["0", "1"]);
    assert.equal(here.world.pendingEnds.length, keep - 1);
  });

  test("is not passed to an application that has no such hooks", () => {
    const here = universe({ hearsEnds: false });
    here.happen({ kind: "jobEnded", report: end("1") });
    assert.deepEqual(here.world.pendingEnds, []);
  });
});
