import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const hazards = 33;

const rows = readFileSync(path.join(root, "docs/FORK-RISKS.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("docs/FORK-RISKS.md lists each hazard once, with what is done about it", () => {
  assert.deepEqual(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: hazards }, (_, index) => index + 1),
  );
  for (const [, number, hazard, done] of rows) {
    assert.ok((hazard ?? "").length > 20, `hazard ${number}`);
    assert.ok((done ?? "").length > 10, `what is done about ${number}`);
  }
});

test("each hazard names a test that exists, or says why there is none", () => {
  for (const [, number, , , held = ""] of rows) {
    const files = [...held.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? "");
    assert.ok(files.length > 0 || /^none: .{10}/.test(held), `${number}: ${held}`);
    for (const file of files) assert.ok(existsSync(path.join(root, file)), `${number}: there is no ${file}`);
  }
});
