import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { matchesGlob } from "../../../src/text/glob.ts";

describe("glob", () => {
  const cases: [glob: string, text: string, matches: boolean][] = [
    ["*", "", true],
    ["*", "web-1", true],
    ["web-*", "web-1", true],
    ["web-*", "web-", true],
    ["web-*", "db-1", false],
    ["web-?", "web-1", true],
    ["web-?", "web-12", false],
    ["web-?", "web-", false],
    ["*-1", "web-1-1", true],
    ["*-1", "web-12", false],
    ["*b*1*", "web-1.local", true],
    ["a*b*c", "abbbc", true],
    ["a*b*c", "acb", false],
    ["web.1", "web-1", false],
    ["", "", true],
    ["", "a", false],
    ["**", "a", true],
    ["[a]", "[a]", true],
    ["[a]", "a", false],
  ];
  for (const [glob, text, matches] of cases)
    test(`${JSON.stringify(glob)} ${matches ? "matches" : "does not match"} ${JSON.stringify(text)}`, () => {
      assert.equal(matchesGlob(glob, text), matches);
    });

  test("from elsewhere does not occupy the process", () => {
    // A backtracking matcher would need more steps than there are atoms.
    assert.equal(matchesGlob(`${"*a".repeat(120)}b`, "a".repeat(255)), false);
  });
});
