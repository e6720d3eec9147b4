import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Patience } from "../../../src/template/patience.ts";

const lateTimes = (patience: Patience, times: number) =>
  Array.from({ length: times }, () => patience.late().isTooOften);

describe("forks that do not begin in time", () => {
  test("break no template while the machine is busy, and their error says that it is", () => {
    const patience = new Patience(() => 0.93);
    assert.deepEqual(lateTimes(patience, 5), [false, false, false, false, false]);
    assert.match(
      patience.late().why,
      /^a process did not begin in time; processes waited for a processor for 93 % of the last 10 s/,
    );
  });

  test("break a template at the third in a row, if the machine is not busy, or the kernel does not say", () => {
    for (const pressure of [0.2, undefined])
      assert.deepEqual(lateTimes(new Patience(() => pressure), 3), [false, false, true]);
  });

  test("count from the last success", () => {
    const patience = new Patience(() => 0);
    lateTimes(patience, 2);
    patience.succeeded();
    assert.deepEqual(lateTimes(patience, 3), [false, false, true]);
  });
});
