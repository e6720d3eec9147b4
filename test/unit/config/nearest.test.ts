import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../../src/config/nearest.ts";

const names = ["FORKER_DRAIN_TIMEOUT", "FORKER_ENGINE", "FORKER_USER"];

test("a name that begins with the word is suggested before one that looks like it", () => {
  assert.equal(nearest("FORKER_DRAIN", names), "FORKER_DRAIN_TIMEOUT");
  assert.equal(nearest("forker_drain", names), "FORKER_DRAIN_TIMEOUT");
  assert.equal(nearest("mail", ["mail-urgent", "mail-a"]), "mail-a", "the shortest");
});

test("otherwise the name with the fewest slips is suggested, if they are few", () => {
  assert.equal(nearest("FORKER_UESR", names), "FORKER_USER");
  assert.equal(nearest("thumbnails", ["export"]), undefined);
  assert.equal(nearest("m", ["mail"]), undefined);
});

test("what a word and a name both begin with counts for nothing", () => {
  assert.equal(nearest("FORKER_CHECK", ["FORKER_USER"]), undefined);
});

test("otherwise the name that shares most words is suggested, if no other shares as many", () => {
  const more = [...names, "FORKER_STUCK_TIMEOUT", "FORKER_FORK_CHECK", "FORKER_RECYCLE_MEMORY", "REDIS_URL"];
  for (const [word, meant] of [
    ["FORKER_CHECK", "FORKER_FORK_CHECK"],
    ["FORKER_STUCK_AFTER", "FORKER_STUCK_TIMEOUT"],
    ["FORKER_MAX_MEMORY", "FORKER_RECYCLE_MEMORY"],
    ["FORKER_REDIS_URL", "REDIS_URL"],
    ["FORKER_ENGINE_KIND", "FORKER_ENGINE"],
    ["FORKER_TIMEOUT", undefined],
    ["FORKER_QUEUES", undefined],
  ] as const)
    assert.equal(nearest(word, more), meant, word);
  assert.equal(nearest("beforeFork", ["beforeFirstFork", "beforePerform"]), "beforeFirstFork");
  assert.equal(nearest("urgent-mail", ["mail-urgent"]), "mail-urgent");
});
