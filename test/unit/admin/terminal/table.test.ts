import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { displayWidth, fitted } from "../../../../src/admin/terminal/display-width.ts";
import { fittedLine, lineText, mayColour, piece } from "../../../../src/admin/terminal/styled.ts";
import { tableLines } from "../../../../src/admin/terminal/table.ts";
import { elapsedText } from "../../../../src/admin/terminal/units.ts";

describe("tables for a terminal", () => {
  test("are aligned by what a terminal shows, not by the length of the text", () => {
    const lines = tableLines(
      [{ title: "QUEUE" }, { title: "DONE", isNumber: true }, { title: "DOES" }],
      [
        [[piece("輸入")], [piece("7", "green")], [piece("a")]],
        [[piece("e\u0301tat")], [piece("1200")], []],
      ],
    );
    assert.deepEqual(
      lines.map((line) => lineText(line, false)),
      ["QUEUE  DONE  DOES", "輸入      7  a", "e\u0301tat   1200"],
    );
    assert.equal(lineText(lines[1] ?? [], true).includes("\u001b[32m7\u001b[0m"), true);
  });

  test("are cut at the width of the terminal, never within a character", () => {
    assert.deepEqual(
      [fitted("輸入庫", 5), fitted("輸入庫", 6), fitted("abc", 2), fitted("abc", 0)],
      ["輸入…", "輸入庫", "a…", ""],
    );
    assert.equal(displayWidth(fitted("e\u0301".repeat(50), 9)), 9);
    const line = fittedLine([piece("abc"), piece("def", "red"), piece("ghi")], 5);
    assert.equal(lineText(line, false), "abcd…");
  });

  test("have colours on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise", () => {
    const cases: [NodeJS.ProcessEnv, boolean, boolean][] = [
      [{}, true, true],
      [{}, false, false],
      [{ TERM: "dumb" }, true, false],
      [{ NO_COLOR: "1" }, true, false],
      [{ NO_COLOR: "" }, true, true],
      [{ FORCE_COLOR: "1" }, false, true],
      [{ FORCE_COLOR: "" }, false, true],
      [{ FORCE_COLOR: "0" }, true, false],
      [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
    ];
    for (const [env, isTerminal, expected] of cases)
      assert.equal(mayColour(env, isTerminal), expected, JSON.stringify([env, isTerminal]));
  });

  test("show times in the largest units", () => {
    assert.deepEqual([40, 9_940, 59_900, 192_000, 7_500_000, 273_600_000].map(elapsedText), [
      "0.0 s",
      "9.9 s",
      "59 s",
      "3 min 12 s",
      "2 h 5 min",
      "3 d 4 h",
    ]);
  });
});
