import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { fitId, fitText, isShortId } from "../../../src/protocol/fit.ts";
import { assertHolds } from "../../support/properties.ts";

const long = fc.string({ minLength: 500, maxLength: 600, unit: "binary" });

test("an id that fits is unchanged, a longer one is shortened, and a shortened one is unchanged", () => {
  assertHolds(
    fc.property(long, (id) => {
      const fitted = fitId(id);
      assert.equal(fitted === id, id.length <= 512);
      assert.equal(isShortId(fitted), id.length > 512);
      assert.ok(fitted.length <= 512);
      assert.equal(fitId(fitted), fitted);
    }),
  );
});

test("two ids never have the same short form, even if they differ only in the last character, or in half of one", () => {
  const first = "x".repeat(70_000);
  const ids = ["a", "b", "\ud800", "\udbff", "\udc00"].map((last) => first + last);
  assert.equal(new Set(ids.map(fitId)).size, ids.length);
});

test("a string that is cut is well-formed, and shows its beginning, its end, and how much is missing", () => {
  const text = `begins ${"\u{1f41e}".repeat(20_000)} ends`;
  const fitted = fitText(text);
  assert.match(fitted, /^begins .* \(\d+ characters left out\) .* ends$/u);
  assert.ok(fitted.isWellFormed() && fitted.length < 17_000);
  assert.equal(fitText("short"), "short");
});
