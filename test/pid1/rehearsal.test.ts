// forker's own changes of BullMQ and ioredis are in every template: they must not count as the application's.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

const waitMs = 60_000;

async function rehearsalOf(options: Parameters<typeof Forker.start>[0]): Promise<unknown> {
  await using forker = await Forker.start({ engine: "fork", env: { FORKER_LOG_LEVEL: "debug" }, ...options });
  await forker.ready();
  const line = await eventually(waitMs, "the rehearsal", () =>
    forker.pid1.log.find(({ msg }) => msg === "rehearsed a worker's start"),
  );
  assert.equal(await forker.drained(), 0);
  return line.rehearsal;
}

describe("the template rehearses a worker's start", () => {
  test("for a definition", async () => {
    assert.equal(await rehearsalOf({ workload: "jobs" }), "done");
  });

  test("for a definition with BullMQ 5", async () => {
    assert.equal(await rehearsalOf({ workload: "jobs", bullMajor: 5 }), "done");
  });

  test("for a program whose Workers forker adopts", async () => {
    const classic = { fixture: "applications/classic", file: "worker.js", workload: "" };
    assert.equal(await rehearsalOf(classic), "done");
  });
});
