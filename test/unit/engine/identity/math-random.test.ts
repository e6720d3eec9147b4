import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import test from "node:test";
import { replaceMathRandom, seedMathRandom } from "../../../../src/engine/identity/math-random.ts";

replaceMathRandom();

/** The reference generator's first outputs for the state 1, 2, 3, 4, as its authors' C program prints them. */
const reference = [11520, 0, 5927040, 70819200, 2031721883, 1637235492];

test("the generator is xoshiro128** as published, and each number takes two outputs", () => {
  seedMathRandom((state) => state.set([1, 2, 3, 4]));
  for (let i = 0; i < reference.length; i += 2) {
    const [high = 0, low = 0] = reference.slice(i, i + 2);
    assert.equal(Math.random(), ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53);
  }
});

test("the numbers are uniform, below 1, and use all 53 bits", () => {
  seedMathRandom((state) => randomFillSync(state));
  const buckets = Array.from({ length: 64 }, () => 0);
  let lowBits = 0;
  for (let i = 0; i < 640_000; i++) {
    const number = Math.random();
    assert.ok(number >= 0 && number < 1);
    const bucket = Math.floor(number * 64);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    lowBits += (number * 2 ** 53) % 2;
  }
  // Ten standard deviations from the expected 10,000: once in 10^22 runs.
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 1_000, String(count));
  assert.ok(Math.abs(lowBits - 320_000) < 4_000, String(lowBits));
});

test("a seed of zeros is drawn again", () => {
  const seeds = [
    [0, 0, 0, 0],
    [0, 0, 0, 7],
  ];
  seedMathRandom((state) => state.set(seeds.shift() ?? []));
  assert.equal(seeds.length, 0);
  assert.notEqual(Math.random() + Math.random() + Math.random(), 0);
});

test("the function looks like the one that it replaces", () => {
  assert.deepEqual(
    { ...Object.getOwnPropertyDescriptor(Math, "random"), value: undefined },
    { value: undefined, writable: true, enumerable: false, configurable: true },
  );
  assert.equal(Math.random.name, "random");
  assert.equal(Math.random.length, 0);
});
