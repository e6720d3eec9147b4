import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runnersWanted } from "../../../../src/worker/runners/runners-wanted.ts";

const some = { places: 4, running: 0, queued: 0, isLeaving: false, isIdle: false, isShort: false };

const cases = [
  { what: "as many as there are free places", given: some, wanted: 4 },
  { what: "at least four, to replace two of them together", given: { ...some, running: 4 }, wanted: 4 },
  { what: "at most sixteen", given: { ...some, places: 50 }, wanted: 16 },
  { what: "one for each job that waits", given: { ...some, places: 20, running: 20, queued: 12 }, wanted: 12 },
  { what: "one after a while without jobs", given: { ...some, isIdle: true }, wanted: 1 },
  { what: "none while memory is short", given: { ...some, isShort: true }, wanted: 0 },
  {
    what: "one at a time for the jobs that wait, while memory is short",
    given: { ...some, queued: 3, isShort: true },
    wanted: 1,
  },
  { what: "none in a worker that leaves", given: { ...some, isLeaving: true }, wanted: 0 },
  { what: "none without isolated jobs", given: { ...some, places: 0 }, wanted: 0 },
];

describe("a worker wants runners", () => {
  for (const { what, given, wanted } of cases) test(what, () => assert.equal(runnersWanted(given), wanted));
});
