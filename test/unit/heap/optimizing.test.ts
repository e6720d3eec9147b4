import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { testedNodes } from "../../support/nodes.ts";

const module = path.join(import.meta.dirname, "../../../src/heap/optimizing.ts");
/** V8's runtime-test.cc: OptimizationStatus. */
const isOptimized = 1 << 4;

const script = `
import { cachedDataVersionTag } from "node:v8";
import { allowOptimizing, preventOptimizing } from ${JSON.stringify(module)};
const statusOf = new Function("f", "return %GetOptimizationStatus(f)");
const hot = () => new Function("a", "b", "return a + b");
const callOften = (one) => {
  for (let time = 0; time < 2e6; time++) one(time, 1);
  return statusOf(one);
};
// The compilers work on other threads.
const settled = async (one) => {
  let status = 0;
  for (let turn = 0; turn < 100 && (status & ${isOptimized}) === 0; turn++) {
    status |= callOften(one);
    await new Promise(setImmediate);
  }
  return status;
};
const tag = cachedDataVersionTag();
preventOptimizing();
const prevented = hot();
const while_ = callOften(prevented);
allowOptimizing();
console.log(JSON.stringify([while_, await settled(prevented), cachedDataVersionTag() === tag]));
`;

for (const node of testedNodes())
  test(`V8 optimizes nothing while that is prevented, and does afterwards: Node ${node.version}`, {
    skip: node.missing,
  }, async () => {
    const flags = ["--allow-natives-syntax", "--input-type=module-typescript", "--disable-warning=ExperimentalWarning"];
    const words = [...flags, "--experimental-strip-types", "--eval", script];
    const { stdout, stderr } = await promisify(execFile)(node.path, words);
    assert.equal(stderr, "");
    const [while_, afterwards, isSameTag] = JSON.parse(stdout) as [number, number, boolean];
    assert.equal(while_ & isOptimized, 0);
    assert.equal(afterwards & isOptimized, isOptimized);
    assert.equal(isSameTag, true);
  });
