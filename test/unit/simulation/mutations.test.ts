import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { edited } from "../../simulation/mutations/mutation.ts";
import { mutations } from "../../simulation/mutations/table.ts";

const root = path.resolve(import.meta.dirname, "../../..");

test("the text of each mutation is in the source exactly once", () => {
  for (const { name, edits } of mutations) {
    const sources = new Map<string, string>();
    for (const edit of edits) {
      const before = sources.get(edit.file) ?? readFileSync(path.join(root, edit.file), "utf8");
      assert.doesNotThrow(() => sources.set(edit.file, edited(before, edit)), name);
    }
  }
  assert.equal(new Set(mutations.map(({ name }) => name)).size, mutations.length, "names are unique");
});
