import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(path.join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];

/** Paths such as `src/init/loop.ts`, `test/process/` or `src/native/*.cc`, wherever they are mentioned. Not a part of a longer path or URL. */
function pathsIn(text: string): string[] {
  const found = text.matchAll(/(?<![\w./-])(?:src|test|scripts|bench|examples|tools)\/[\w./*-]*/g);
  return [...new Set([...found].map(([mentioned]) => mentioned.replace(/[.,]+$/, "")))];
}

function exists(mentioned: string): boolean {
  const star = mentioned.indexOf("*");
  if (star === -1) return existsSync(path.join(root, mentioned));
  const folder = path.dirname(mentioned);
  if (folder.includes("*") || !existsSync(path.join(root, folder))) return false;
  const [begins = "", ends = ""] = path.basename(mentioned).split("*");
  return readdirSync(path.join(root, folder)).some((name) => name.startsWith(begins) && name.endsWith(ends));
}

describe("paths that documents mention", () => {
  test("are found in any sentence, without its punctuation", () => {
    assert.deepEqual(pathsIn("See `src/index.ts`, src/init/, (test/unit/*.ts) and scripts/test.mjs."), [
      "src/index.ts",
      "src/init/",
      "test/unit/*.ts",
      "scripts/test.mjs",
    ]);
    assert.deepEqual(pathsIn("https://example.com/src/a.ts ./src/b.ts node_modules/x/test/c.ts"), []);
  });

  test("a file, a folder and a pattern exist; a file that was moved does not", () => {
    assert.deepEqual(["src/index.ts", "src/native/", "src/native/*.cc", "src/index.js", "src/*.py"].map(exists), [
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  for (const page of pages) {
    test(`${page}: each exists`, () => {
      const mentioned = pathsIn(readFileSync(path.join(root, page), "utf8"));
      assert.deepEqual(
        mentioned.filter((one) => !exists(one)),
        [],
      );
    });
  }
});
