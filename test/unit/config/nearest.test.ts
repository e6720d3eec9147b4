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
