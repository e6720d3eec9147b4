import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  addHistogram,
  bucketsMs,
  countOf,
  newHistogram,
  observe,
  quantileMs,
} from "../../../src/protocol/histogram.ts";

function histogramOf(...durations: number[]) {
  const all = newHistogram();
  for (const one of durations) observe(all, one);
  return all;
}

describe("a histogram", () => {
  test("counts a duration in the first bucket whose bound it does not exceed", () => {
    const { counts, sumMs } = histogramOf(0, 5, 6, 7_200_001);
    assert.deepEqual([counts[0], counts[1], counts[bucketsMs.length], sumMs], [2, 1, 1, 7_200_012]);
  });

  test("is the sum of two", () => {
    const all = histogramOf(1, 30);
    addHistogram(all, histogramOf(2, 40));
    assert.deepEqual(all, histogramOf(1, 30, 2, 40));
    assert.equal(countOf(all), 4);
  });
});

describe("a quantile", () => {
  test("is estimated evenly within its bucket", () => {
    assert.equal(quantileMs(histogramOf(50, 50, 50, 50), 0.5), 62.5);
    assert.equal(quantileMs(histogramOf(1, 1, 50, 50), 0.5), 5);
  });

  test("is the last bound for what is beyond it, and unknown without an observation", () => {
    assert.equal(quantileMs(histogramOf(1e9), 0.95), 7_200_000);
    assert.equal(quantileMs(newHistogram(), 0.95), undefined);
  });
});
