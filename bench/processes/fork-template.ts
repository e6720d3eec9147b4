// The template of bench/fork.ts: loads what it is told to, forks batch after batch, and says how long each took.
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { trackEntropy } from "../../src/engine/fork/entropy.ts";
import { forkBatch } from "../../src/engine/fork/fork-batch.ts";
import { becomeForkedChild } from "../../src/engine/fork/identity.ts";
import { becomeQuiet, settleHeap } from "../../src/engine/fork/quiet.ts";
import { native } from "../../src/native/binding.ts";

const deadlineMs = 10_000;
const [rounds = "0", counts = "", modules = ""] = process.argv.slice(2);

trackEntropy();
for (const name of modules.split(",")) await import(name);
await becomeQuiet({ deadlineMs });
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

function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
