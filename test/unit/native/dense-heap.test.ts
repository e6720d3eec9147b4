import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import test from "node:test";
import { promisify } from "node:util";
import { collectAllGarbage } from "../../../src/heap/collect-garbage.ts";
import { native } from "../../../src/native/binding.ts";

const run = promisify(execFile);
const kept: object[] = [];

/** Some 30 MB of V8's heap: more than a hundred of its pages. */
function grow(): void {
  for (let at = 0; at < 300_000; at++) kept.push({ at, name: `record ${at}` });
}

function mappings(): number {
  return readFileSync("/proc/self/maps", "latin1").split("\n").length;
}

/** The address space in use, in bytes. */
function virtualBytes(): number {
  return Number(readFileSync("/proc/self/statm", "latin1").split(" ")[0]) * 4096;
}

test("V8's heap grows next to itself while it is dense, and the addresses are free again afterwards", () => {
  const before = { mappings: mappings(), bytes: virtualBytes() };
  native().beginDenseHeap();
  const taken = mappings();
  grow();
  const added = mappings() - taken;
  native().endDenseHeap();
  assert.ok(added < 40, `${added} mappings more`);
  assert.ok(virtualBytes() < before.bytes + 2 ** 30, `${virtualBytes()} bytes, before ${before.bytes}`);
  assert.ok(mappings() < taken, `${mappings()} mappings, while dense ${taken}, before ${before.mappings}`);
  collectAllGarbage();
  assert.ok(native().makeHugePages() >= 0);
  assert.equal(kept.length, 300_000);
  assert.deepEqual(kept[299_999], { at: 299_999, name: "record 299999" });
});

test("without the right to so many addresses, the heap stays as it is", async () => {
  const file = new URL("../../../src/native/binding.ts", import.meta.url).pathname;
  const script = `const { native } = await import(${JSON.stringify(file)});
    try { native().beginDenseHeap(); console.log("dense"); } catch (cause) { console.log(cause.errnoName); }
    native().endDenseHeap();
    console.log(native().makeHugePages() >= 0);`;
  const words = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
  // RLIMIT_AS, in bytes.
  const { stdout } = await run("prlimit", [`--as=${64 * 2 ** 30}`, process.execPath, ...words]);
  assert.equal(stdout, "ENOMEM\ntrue\n");
});
