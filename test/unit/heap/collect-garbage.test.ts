import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { cachedDataVersionTag, getHeapSpaceStatistics } from "node:v8";
import { collectAllGarbage } from "../../../src/heap/collect-garbage.ts";

const mb = 2 ** 20;
const tagAtStart = cachedDataVersionTag();

function youngBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.space_size ?? Number.NaN;
}

/** Objects that survive two collections make V8 double its young generation. */
function grow(): void {
  for (let round = 0; round < 20 && youngBytes() < 8 * mb; round++) {
    Array.from({ length: 400_000 }, (_, i) => ({ i }));
  }
}

test("a young generation that grew during the load is small before the fork", () => {
  grow();
  assert.ok(youngBytes() >= 8 * mb, `grew to ${youngBytes()} bytes only`);
  collectAllGarbage();
  assert.ok(youngBytes() <= 2 * mb, `still ${youngBytes()} bytes`);
});

test("V8's flags are unchanged, so that earlier code caches are still accepted", () => {
  collectAllGarbage();
  assert.equal(cachedDataVersionTag(), tagAtStart);
});

test("the whole heap is collected once", () => {
  const file = new URL("../../../src/heap/collect-garbage.ts", import.meta.url).href;
  const script = `
    import { collectAllGarbage } from ${JSON.stringify(file)};
    console.log("collecting");
    collectAllGarbage();`;
  const words = ["--trace-gc", "--input-type=module", "--disable-warning=ExperimentalWarning", "--eval", script];
  const traced = execFileSync(process.execPath, words, { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } });
  const [, after = ""] = traced.split("collecting");
  assert.equal(after.match(/ Mark-Compact /g)?.length, 1, after);
});

for (const [what, before, begins] of [
  ["may begin after a collection", "", true],
  ["does not begin after a collection if it was prevented before", "preventMarking();", false],
] as const)
  test(`incremental marking ${what}`, () => {
    const heap = new URL("../../../src/heap/", import.meta.url).href;
    const script = `
      import { collectAllGarbage } from "${heap}collect-garbage.ts";
      import { preventMarking } from "${heap}marking.ts";
      ${before}
      collectAllGarbage();
      console.log("collected");
      globalThis.kept = [];
      for (let n = 0; n < 3_000_000; n++) kept.push({ n });`;
    const words = ["--trace-incremental-marking", "--input-type=module", "--disable-warning=ExperimentalWarning"];
    const env = { ...process.env, NODE_OPTIONS: "" };
    const traced = execFileSync(process.execPath, [...words, "--eval", script], { encoding: "utf8", env });
    const [, after = ""] = traced.split("collected");
    assert.equal(/\[IncrementalMarking\] Start/.test(after), begins, after.slice(0, 2_000));
  });
