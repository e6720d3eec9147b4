import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseWorkload } from "../../../src/config/workload-parser.ts";
import { explanation } from "../../../src/entry/explain-command.ts";

const explained = (workload: string) => explanation(parseWorkload(workload, { cpus: 2 })).split("\n");

describe("the explanation of a workload", () => {
  test("has a row for each slot, in columns, and the workload that each worker has", () => {
    assert.deepEqual(explained("mail,export @20; *"), [
      "slot  jobs at a time  queues, first to last",
      "0     20              mail > export",
      "1     1               *",
      "2 workers: mail,export @20; *",
    ]);
  });

  test("counts a single worker in the singular", () => {
    assert.equal(explained("*").at(-1), "1 worker: *");
  });

  test("keeps its columns when slots have five digits", () => {
    const [spec] = parseWorkload("a", { cpus: 1 });
    assert.ok(spec);
    const lines = explanation(Array.from({ length: 10_001 }, () => spec)).split("\n");
    assert.deepEqual(
      [lines[0], lines[1], lines[10_001]],
      ["slot   jobs at a time  queues, first to last", "0      1               a", "10000  1               a"],
    );
  });
});
