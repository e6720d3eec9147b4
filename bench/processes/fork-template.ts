// The template of bench/fork.ts: loads the given modules, forks batch after batch, and reports how long each took.
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { forkBatch } from "../../src/engine/fork/fork-batch.ts";
import { becomeQuiet, settleHeap } from "../../src/engine/fork/quiet.ts";
import { becomeForkedChild } from "../../src/engine/identity/become-forked-child.ts";
import { trackEntropy } from "../../src/engine/identity/entropy.ts";
import { native } from "../../src/native/binding.ts";

const deadlineMs = 10_000;
const [rounds = "0", counts = "", modules = "", kind = "none", residentMb = "0"] = process.argv.slice(2);
/** Gives the template the requested size. */
const ballast: unknown[] = [];

native().beginDenseHeap();
trackEntropy();
for (const name of modules.split(",").filter(Boolean)) await import(name);
await becomeQuiet({ deadlineMs });
settleHeap();
native().beginDenseHeap();
while (process.memoryUsage.rss() < Number(residentMb) * 2 ** 20) ballast.push(weigh());
settleHeap();
say({ event: "loaded", rssMb: process.memoryUsage.rss() / 2 ** 20 });

for (const count of counts.split(",").map(Number)) {
  for (let round = 0; round < Number(rounds); round++) await forkOnce(count);
}
say({ event: "done" });

async function forkOnce(count: number): Promise<void> {
  const { promise: next, resolve } = Promise.withResolvers<unknown>();
  process.stdin.once("data", resolve);
  await setImmediate();
  const begun = performance.now();
  const outcome = forkBatch(count, { deadlineMs });
  if (outcome.role === "child") {
    const awake = performance.now();
    becomeForkedChild({ title: "bench worker" });
    native().unblockSignals();
    say({ event: "ready", count, awakeMs: awake - begun, readyMs: performance.now() - begun });
    process.exit(0);
  }
  say({ event: "forked", count, ...outcome });
  await next;
}

/** About a megabyte, in one buffer outside the heap or in objects. */
function weigh(): unknown {
  if (kind === "external") return Buffer.alloc(2 ** 20, 1);
  return Array.from({ length: 8_000 }, (_, i) => ({ id: i, name: `customer ${i}`, tags: [i, i + 1] }));
}

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
