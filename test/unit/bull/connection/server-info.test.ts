import assert from "node:assert/strict";
import { test } from "node:test";
import { redisTarget } from "../../../../src/bull/connection/redis-target.ts";
import { problemsOf, readServerInfo } from "../../../../src/bull/connection/server-info.ts";

const one = redisTarget("redis://:secret@h");
const good = ["# Server", "redis_version:7.0.15", "", "maxmemory_policy:noeviction", "cluster_enabled:0", ""];

function linesOf(fields: Record<string, string>, target = one): string[] {
  const lines = good.map((line) => {
    const [name = ""] = line.split(":");
    return fields[name] === undefined ? line : `${name}:${fields[name]}`;
  });
  for (const [name, value] of Object.entries(fields))
    if (!lines.includes(`${name}:${value}`)) lines.push(`${name}:${value}`);
  return problemsOf(readServerInfo(lines.join("\r\n")), target, "5.0.0").map(
    ({ severity, text }) => `${severity} ${text}`,
  );
}

test("a server in order has no problems, even a newer one, or an old one of another kind", () => {
  assert.deepEqual(linesOf({}), []);
  assert.deepEqual(linesOf({ redis_version: "5.0.0" }), []);
  assert.deepEqual(linesOf({ redis_version: "10.0.0" }), []);
  assert.deepEqual(linesOf({ dragonfly_version: "df-v1.2.3" }), []);
  assert.deepEqual(linesOf({ valkey_version: "1.0.0" }), []);
});

test("an eviction policy, a version that is too old and an undeclared Cluster node are reported in one line each", () => {
  assert.deepEqual(linesOf({ maxmemory_policy: "allkeys-lru" }), [
    "warning Redis at h:6379 may evict jobs and locks when its memory is full, by its policy allkeys-lru: set maxmemory-policy noeviction there",
  ]);
  assert.deepEqual(linesOf({ redis_version: "4.0.14" }), [
    "error Redis at h:6379: expected version 5.0.0 or newer, which BullMQ needs, got 4.0.14: upgrade it",
  ]);
  assert.match(linesOf({ cluster_enabled: "1" }).join(), /^error .* set REDIS_URL=redis\+cluster:/);
  assert.deepEqual(linesOf({ cluster_enabled: "1" }, redisTarget("redis+cluster://h")), []);
});

test("a server that says nothing about itself has no problems", () =>
  assert.deepEqual(problemsOf(readServerInfo(""), one, "5.0.0"), []));
