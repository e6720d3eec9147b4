import assert from "node:assert/strict";
import { test } from "node:test";
import { reconnectOptions, retryDelayMs } from "../../../../src/bull/connection/reconnect.ts";

test("delays double up to a second, and differ within a fleet", () => {
  for (const [attempt, mostMs] of [
    [1, 50],
    [2, 100],
    [5, 800],
    [6, 1_000],
    [1_000, 1_000],
  ] as const) {
    const delays = Array.from({ length: 200 }, () => retryDelayMs(attempt));
    assert.ok(delays.every((delayMs) => delayMs > mostMs / 2 - 1 && delayMs <= mostMs));
    assert.ok(Math.max(...delays) - Math.min(...delays) > mostMs / 4);
    assert.equal(new Set(delays).size, delays.length);
  }
});

test("a server that refuses to write is left, its command is kept, and it is asked again ever more slowly", () => {
  const { reconnectOnError, retryStrategy } = reconnectOptions();
  assert.equal(reconnectOnError?.(new Error("WRONGTYPE no")), false);
  const delays = Array.from({ length: 8 }, () => {
    assert.equal(reconnectOnError?.(new Error("READONLY You can't write against a read only replica.")), 2);
    return Number(retryStrategy?.(1));
  });
  assert.ok((delays[0] ?? 0) <= 50);
  assert.ok((delays.at(-1) ?? 0) >= 500);
});
