import assert from "node:assert/strict";
import { test } from "node:test";
import { hostPrefixOf, instanceIdOf, newInstanceId, newLockOwner } from "../../../src/protocol/instance-id.ts";

test("instances on one host begin alike and are never the same, and those on two hosts do not begin alike", () => {
  const one = newInstanceId("workers-7d4f");
  const next = newInstanceId("workers-7d4f");
  const other = newInstanceId("workers-9c2a");
  assert.notEqual(one, next);
  assert.equal(hostPrefixOf(one), hostPrefixOf(next));
  assert.notEqual(hostPrefixOf(one), hostPrefixOf(other));
  assert.ok(one.startsWith(hostPrefixOf(one)));
});

test("a lock owner names its instance, and has 128 random bits of its own", () => {
  const instanceId = newInstanceId("host");
  const lockOwners = new Set(Array.from({ length: 100 }, () => newLockOwner(instanceId)));
  assert.equal(lockOwners.size, 100);
  for (const lockOwner of lockOwners) {
    assert.equal(instanceIdOf(lockOwner), instanceId);
    assert.match(lockOwner.slice(instanceId.length + 1), /^[0-9a-f]{32}$/);
    // A lock's token consists of the owner, a colon and a number.
    assert.ok(!lockOwner.includes(":"));
  }
});

test("a lock owner without an instance belongs to none", () => {
  assert.equal(instanceIdOf(newLockOwner(undefined)), undefined);
  assert.equal(instanceIdOf("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), undefined);
});
