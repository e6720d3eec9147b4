import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const file = new URL("../../../src/heap/young-generation.ts", import.meta.url).href;

/** A process that keeps many objects alive for a while; the size of its young generation after that, in MB. */
function youngGenerationMb(before: string): number {
  const script = `
    import { getHeapSpaceStatistics } from "node:v8";
    ${before}
    let kept = [];
    for (let number = 0; number < 1_000_000; number++) {
      kept.push({ number, list: [number] });
      if (kept.length > 100_000) kept = kept.slice(50_000);
    }
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    console.log(space.space_size / 1024 ** 2);`;
  const words = ["--input-type=module", "--disable-warning=ExperimentalWarning", "--eval", script];
  return Number(execFileSync(process.execPath, words, { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } }));
}

test("the young generation of init and the keeper does not grow", () => {
  const grown = youngGenerationMb("");
  assert.ok(grown >= 16, `without it: ${grown} MB`);
  const kept = youngGenerationMb(`
    import { keepYoungGenerationSmall } from ${JSON.stringify(file)};
    keepYoungGenerationSmall();`);
  assert.ok(kept <= 8, `with it: ${kept} MB`);
});

test("a process that keeps little at times has a small young generation at those times", () => {
  const begin = `
    import { YoungGeneration } from ${JSON.stringify(file)};
    const young = new YoungGeneration();
    young.keepSmallIf(true);`;
  assert.ok(youngGenerationMb(begin) <= 8);
  assert.ok(youngGenerationMb(`${begin} young.keepSmallIf(false);`) >= 16);
});
