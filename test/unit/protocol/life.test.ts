import assert from "node:assert/strict";
import { test } from "node:test";
import { lifeOf, livesBeside, newLife, newOwner } from "../../../src/protocol/life.ts";

test("instances on one host begin alike and are never the same, and those on two hosts do not begin alike", () => {
  const one = newLife("workers-7d4f");
  const next = newLife("workers-7d4f");
  const other = newLife("workers-9c2a");
  assert.notEqual(one, next);
  assert.equal(livesBeside(one), livesBeside(next));
  assert.notEqual(livesBeside(one), livesBeside(other));
  assert.ok(one.startsWith(livesBeside(one)));
});

test("a lock owner names its instance, and has 128 random bits of its own", () => {
  const life = newLife("host");
  const owners = new Set(Array.from({ length: 100 }, () => newOwner(life)));
  assert.equal(owners.size, 100);
  for (const owner of owners) {
    assert.equal(lifeOf(owner), life);
    assert.match(owner.slice(life.length + 1), /^[0-9a-f]{32}$/);
    // The token of a lock is the owner, a colon and a number.
    assert.ok(!owner.includes(":"));
  }
});

test("a lock owner without an instance belongs to none", () => {
  assert.equal(lifeOf(newOwner(undefined)), undefined);
  assert.equal(lifeOf("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), undefined);
});
