import assert from "node:assert/strict";
import { test } from "node:test";
import { oneWorkerOf } from "../../../src/config/one-worker.ts";
import { formatWorkerSpec } from "../../../src/config/workload.ts";
import { parseWorkload } from "../../../src/config/workload-parser.ts";

for (const [workload, one] of [
  ["*", "*"],
  ["4", "*"],
  ["import; mail @20; import,export x2", "import,mail,export @20"],
  ["mail,import @2; import,mail @3", "mail,import @3"],
  // What one worker excludes, another takes.
  ["mail; *,!mail", "mail,*"],
  ["*,!mail x2; *,!mail,!export", "*,!mail"],
] as const) {
  test(`one worker for the queues of ${workload}`, () => {
    assert.equal(formatWorkerSpec(oneWorkerOf(parseWorkload(workload, { cpus: 1 }))), one);
  });
}
