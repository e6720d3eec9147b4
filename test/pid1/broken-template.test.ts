import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { Forker, hasFields } from "../support/forker.ts";
import type { LogLine } from "../support/pid1.ts";

describe("a template that does not answer", () => {
  test("is killed in time and replaced: its workers run on, and the empty slot gets a worker again", async () => {
    await using forker = await Forker.start({ workload: "jobs x2" });
    const before = await forker.ready();
    const template = before.templates[0]?.pid ?? 0;
    const [first, second] = before.slots.map((slot) => slot.workers[0]?.pid ?? 0);
    forker.pid1.signalInner(template, "SIGSTOP");
    forker.pid1.signalInner(first ?? 0, "SIGKILL");
    await forker.loggedWith("worker exited", { signal: "SIGKILL" });
    await forker.finished(await forker.add("quick"));
    const isKilled = (line: LogLine) =>
      line["msg"] === "sent SIGKILL to template" && hasFields(line, { reason: /has not connected$/ });
    const killed = await forker.pid1.logged(isKilled, 0, fixedLimits.forkTimeMs + 30_000);
    assert.equal(killed["level"], 50);
    const after = await forker.ready();
    assert.notEqual(after.templates[0]?.pid, template);
    assert.equal(after.slots[1]?.workers[0]?.pid, second);
    assert.notEqual(after.slots[0]?.workers[0]?.pid, first);
    assert.deepEqual([after.engine, after.generation], ["fork", 1]);
    assert.equal(await forker.drained(), 0);
  });
});
