import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { blanked, jobText, printable, printableLines } from "../../../src/text/printable.ts";
import { assertHolds } from "../../support/properties.ts";

/** Every code point that a terminal obeys, by its number: written apart from the pattern that is tested. */
function isObeyed(codePoint: number): boolean {
  return (
    codePoint < 0x20 ||
    (codePoint >= 0x7f && codePoint < 0xa0) ||
    (codePoint >= 0xd800 && codePoint < 0xe000) ||
    [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff].includes(codePoint) ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2066 && codePoint <= 0x2069) ||
    (codePoint >= 0xe0000 && codePoint <= 0xe007f)
  );
}

describe("text that is shown to people", () => {
  test("has every code point that a terminal obeys escaped, and every other unchanged", () => {
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      if (isObeyed(codePoint)) assert.match(printable(character), /^(?:\\[nrt]|(?:\\u[0-9a-f]{4})+)$/);
      else if (printable(character) !== character) assert.fail(`U+${codePoint.toString(16)} was changed`);
    }
  });

  test("shows how much is left out", () => {
    assert.equal(printable("a\u001b[2Jb\nc\u009b\u202ed\ud800"), "a\\u001b[2Jb\\nc\\u009b\\u202ed\\ud800");
  });

  test("has a length, and no character cut in two", () => {
    assert.equal(printable("x".repeat(70_000)), `${"x".repeat(200)}…`);
    assert.equal(printable("ab😀", 3), "ab…");
    assert.equal(printable("ab😀", 4), "ab😀");
  });

  test("keeps its lines if it has several", () => {
    assert.equal(printableLines("Error: a\r\u001b[1m\n\tat b\n"), "Error: a\\r\\u001b[1m\n\tat b\n");
  });

  test("keeps its value if it is JSON", () => {
    assertHolds(
      fc.property(fc.json({ stringUnit: "binary" }), (json) => {
        assert.deepEqual(JSON.parse(printableLines(json)), JSON.parse(json));
      }),
    );
    const wild = { id: "\u0000\u001b\u007f\u009b\u202e\u{e0041}\ud800" };
    assert.deepEqual(JSON.parse(printableLines(JSON.stringify(wild))), wild);
  });

  test("keeps its columns if characters are blanked", () => {
    assert.equal(blanked("a\u001b\u{e0041}b"), "a   b");
  });

  test("names a job", () => {
    assert.equal(jobText({ queue: "mail\u001b", id: "9\n91" }), "mail\\u001b:9\\n91");
  });
});
