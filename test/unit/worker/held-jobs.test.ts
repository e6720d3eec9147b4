import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeatWriter } from "../../../src/board/seat-writer.ts";
import type { BullJob } from "../../../src/bull/library/bull-types.ts";
import type { Lane } from "../../../src/bull/worker/lane.ts";
import { HeldJobs } from "../../../src/worker/held-jobs.ts";

/** A seat with room for the job `short` alone. */
const seat = {
  put: (_queue: string, id: string) => (id === "short" ? 0 : undefined),
  take: () => {},
} as unknown as SeatWriter;
const lane = { queue: "jobs" } as Lane;
const job = (id: string) => ({ id }) as BullJob;

test("init hears at once when a job begins or ends that the board has no room for: the next may block the event loop", () => {
  const heard: string[] = [];
  const held = new HeldJobs({ changed: () => heard.push("changed"), unshown: () => heard.push("unshown") }, seat);
  const short = held.add(lane, job("short"), "token:1");
  const long = held.add(lane, job("long"), "token:2");
  held.delete(long);
  held.delete(short);
  assert.deepEqual(heard, ["changed", "unshown", "unshown", "changed"]);
});
