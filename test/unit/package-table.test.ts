import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { rows } from "../packages/rows.ts";
import { documentFile, titleOf } from "../packages/support/document.ts";

const apps = path.join(import.meta.dirname, "../packages/apps");

test("docs/FORK-SAFETY.md has the rows of test/packages, with the versions that are installed there", () => {
  const text = readFileSync(documentFile, "utf8");
  const table = text.slice(text.indexOf("<!-- table -->"), text.indexOf("<!-- end of table -->")).split("\n");
  const cells = table.filter((line) => line.startsWith("|")).map((line) => line.slice(2, -2).split(" | "));
  assert.deepEqual(
    cells.map(([title, naive, , recommended]) => [title, naive, recommended]),
    rows.map((row) => [titleOf(row), row.naive, row.recommended]),
  );
  for (const [title, , naive, , recommended] of cells) {
    assert.match(naive ?? "", /^(works(, with a warning)?|falls back to `spawn`|\*\*refused\*\*)$/, title);
    assert.equal(recommended, "works", title);
  }
});

test("each row has its two applications, and each application has its row", () => {
  assert.deepEqual(readdirSync(apps).toSorted(), rows.map(({ app }) => app).toSorted());
});
