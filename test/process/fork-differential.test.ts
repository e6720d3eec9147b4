import assert from "node:assert/strict";
import test from "node:test";
import { byDesign } from "../differential/by-design.ts";
import { compareAll } from "../differential/compare.ts";
import { readTable, type Script } from "../differential/table.ts";
import { type TestedNode, testedNodes } from "../support/nodes.ts";

const table = readTable();

/** A third of the scripts on each Node, so that each script runs, or with FORKER_TEST_NODES all scripts on each. */
function scriptsFor({ version, major }: TestedNode): readonly Script[] {
  const isAble = ({ notOn }: Script) => notOn !== version;
  if (process.env["FORKER_TEST_NODES"] !== undefined) return table.filter(isAble);
  return table.filter((script, index) => isAble(script) && index % 3 === (major / 2) % 3);
}

test("the table has at least 150 scripts, and every deliberate difference names one of them", () => {
  assert.ok(table.length >= 150, `${table.length} scripts`);
  const names = new Set(table.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(byDesign).filter((name) => !names.has(name)),
    [],
  );
});

for (const node of testedNodes()) {
  const { version, path, missing } = node;
  test(`Node ${version}: a script does the same in a forked child as in a plain process`, {
    skip: missing ?? false,
  }, async (t) => {
    const all = await compareAll(path, scriptsFor(node));
    const wrong = all.filter(({ isExpected }) => !isExpected);
    const different = all.filter(({ differs, isExpected }) => isExpected && differs.length > 0).length;
    const same = all.length - wrong.length - different;
    t.diagnostic(
      `Node ${version}: ${all.length} scripts, ${same} the same, ${different} different by design, ${wrong.length} wrong`,
    );
    assert.deepEqual(wrong, []);
  });
}
