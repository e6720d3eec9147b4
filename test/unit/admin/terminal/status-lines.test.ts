import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { statusLines } from "../../../../src/admin/terminal/status-lines.ts";
import { lineText } from "../../../../src/admin/terminal/styled.ts";
import type { Status } from "../../../../src/protocol/status.ts";
import { metricsSource } from "../../../support/metrics-source.ts";

const { status } = metricsSource;

/** What `forker status` prints if this is different. */
function printed(change: Partial<Status>): string {
  return statusLines({ ...status, ...change })
    .map((line) => lineText(line, false))
    .join("\n");
}

function readiness(reason: string | null) {
  return { ...status.health, ready: { ok: reason === null, reason, slots: [] } };
}

describe("forker status", () => {
  test("says ready only if /readyz does, and that what does not take jobs is suspended as requested", () => {
    const reason = "slot 0: suspended";
    assert.match(printed({ ready: true, health: readiness(null) }), /^forker 10, running, ready,/);
    const suspended = printed({ ready: true, health: readiness(reason) });
    assert.match(suspended, /^forker 10, running, as requested,/);
    assert.match(suspended, /^as requested: slot 0: suspended$/m);
    const starting = printed({ ready: false, health: readiness("slot 0: starting") });
    assert.match(starting, /^forker 10, running, not ready,/);
    assert.match(starting, /^not ready: slot 0: starting$/m);
  });

  test("leaves out the pid of a runner that is being forked", () => {
    const runner = { pid: 0, state: "starting", job: null, memory: null } as const;
    const slots = status.slots.map((slot) => ({
      ...slot,
      workers: slot.workers.map((worker) => ({ ...worker, runners: [runner] })),
    }));
    assert.match(printed({ slots }), / runner starting$/m);
  });

  test("shows the last crash of a slot only while the slot is shown", () => {
    const lastDeath = "died of SIGSEGV";
    const crashed = status.slots.slice(0, 1).map((slot) => ({ ...slot, lastDeath }));
    assert.match(printed({ slots: crashed }), /^slot 0 .*, its last crash: died of SIGSEGV$/m);
    const removed = crashed.map((slot) => ({ ...slot, vacant: true, workers: [] }));
    assert.doesNotMatch(printed({ slots: removed }), /last crash/);
  });
});
