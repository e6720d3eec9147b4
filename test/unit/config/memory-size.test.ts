import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMemory } from "../../../src/config/memory-size.ts";

test("a memory size is a number with a unit, or a percentage of the container's limit", () => {
  assert.equal(parseMemory("512M", 0), 536_870_912);
  assert.equal(parseMemory("512 MiB", 0), 536_870_912);
  assert.equal(parseMemory("1.5g", 0), 1_610_612_736);
  assert.equal(parseMemory("20%", 1_000_000), 200_000);
});

test("a string that is not a memory size is refused, with advice", () => {
  assert.equal(parseMemory("512", 0), "units are K, M, G, and %");
  assert.equal(parseMemory("0M", 0), "write a size above 0");
  assert.equal(parseMemory("120%", 1_000), "write a percentage from 1 to 100");
  assert.equal(parseMemory("20%", 0), "this container has no memory limit: write a size");
  assert.equal(parseMemory("20%", 2 ** 64), "this container has no memory limit: write a size");
});
