import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import test from "node:test";
import { RandomPools } from "../../../../src/engine/identity/random-pools.ts";

const fillWith = (value: number) => (target: Uint8Array) => void target.fill(value);

function filled(size: number): Uint8Array {
  return randomFillSync(new Uint8Array(size));
}

test("a pool is refilled, whatever was drawn from it", () => {
  const pools = new RandomPools();
  const pool = filled(256);
  pools.add(pool);
  pools.refill(fillWith(7));
  assert.ok(pool.every((byte) => byte === 7));
});

test("only the range that was filled is refilled", () => {
  const pools = new RandomPools();
  const memory = filled(512);
  const before = memory.slice();
  pools.add(memory.subarray(128, 384));
  pools.refill(fillWith(7));
  assert.deepEqual(memory.subarray(0, 128), before.subarray(0, 128));
  assert.ok(memory.subarray(128, 384).every((byte) => byte === 7));
  assert.deepEqual(memory.subarray(384), before.subarray(384));
});

test("what was written since is kept, with the short runs in between", () => {
  const pools = new RandomPools();
  const memory = filled(256).map((byte) => byte | 1);
  pools.add(memory);
  memory.fill(0, 100, 110);
  memory.fill(0, 120, 130);
  const between = memory.slice(110, 120);
  pools.refill(fillWith(8));
  assert.ok(memory.subarray(0, 100).every((byte) => byte === 8));
  assert.ok(memory.subarray(100, 110).every((byte) => byte === 0));
  assert.deepEqual(memory.slice(110, 120), between);
  assert.ok(memory.subarray(120, 130).every((byte) => byte === 0));
  assert.ok(memory.subarray(130).every((byte) => byte === 8));
});

test("small buffers are treated as secrets, and large ones as data", () => {
  const pools = new RandomPools();
  const untouched = [filled(127), filled(64 * 1024 + 1)];
  const touched = [filled(128), filled(64 * 1024)];
  const before = untouched.map((memory) => memory.slice());
  for (const memory of [...untouched, ...touched]) pools.add(memory);
  pools.refill(fillWith(7));
  assert.deepEqual(untouched, before);
  for (const memory of touched) assert.ok(memory.every((byte) => byte === 7));
});

test("a pool that was filled twice counts as it was filled last", () => {
  const pools = new RandomPools();
  const pool = filled(256);
  pools.add(pool);
  randomFillSync(pool);
  pools.add(pool);
  pools.refill(fillWith(7));
  assert.ok(pool.every((byte) => byte === 7));
});

test("memory that was transferred is left alone", () => {
  const pools = new RandomPools();
  const pool = filled(256);
  pools.add(pool);
  structuredClone(pool.buffer, { transfer: [pool.buffer as ArrayBuffer] });
  pools.refill(() => assert.fail("filled"));
});

test("five bytes, by which a process names itself, are drawn again, and other short values are kept", () => {
  const pools = new RandomPools();
  const name = filled(5);
  const secrets = [4, 6, 8, 12, 16, 32, 64].map(filled);
  const before = secrets.map((secret) => secret.slice());
  for (const each of [name, ...secrets]) pools.add(each);
  pools.refill(fillWith(7));
  assert.deepEqual([...name], [7, 7, 7, 7, 7]);
  assert.deepEqual(secrets, before);
});
