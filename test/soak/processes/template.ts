// The template of the engine's soak: between two batches it compiles, uses libuv's pool, and lets its heap grow and shrink.
import { randomBytes } from "node:crypto";
import net from "node:net";
import readline from "node:readline";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { runInThisContext } from "node:vm";
import { trackEntropy } from "../../../src/engine/fork/entropy.ts";
import { forkBatch } from "../../../src/engine/fork/fork-batch.ts";
import { becomeForkedChild } from "../../../src/engine/fork/identity.ts";
import { becomeQuiet, settleHeap } from "../../../src/engine/fork/quiet.ts";
import { native } from "../../../src/native/binding.ts";
import { planBatch } from "../support/fates.ts";
import { say } from "./lines.ts";
import { live } from "./worker.ts";

const seed = Number(process.argv[2]);
const deadlineMs = 60_000;
/** The heap's tide: it rises by this a batch, and falls back to nothing. */
const risePerBatch = 10_000;
const batchesOfOneTide = 24;
let kept: object[][] = [];

trackEntropy();
for (const name of ["bullmq", "ioredis", "pino"]) await import(name);
await becomeQuiet({ deadlineMs });
settleHeap();

const orders = new net.Socket({ fd: 3 });
readline.createInterface({ input: orders }).on("line", (text) => void obey(Number(text)));
process.stdout.write(`${JSON.stringify({ event: "ready" })}\n`);

async function obey(batch: number): Promise<void> {
  const plan = planBatch(seed, batch);
  if (batch % batchesOfOneTide === 0) kept = [];
  kept.push(Array.from({ length: risePerBatch }, (_, i) => ({ text: `${batch} ${i}` })));
  if (plan.usePool) await promisify(randomBytes)(64);
  await becomeQuiet({ deadlineMs });
  await setImmediate();
  if (plan.compile) heat(batch);
  const begun = performance.now();
  const outcome = forkBatch(plan.fates.length, { deadlineMs });
  if (outcome.role === "parent") {
    const { drainMs, forkMs, totalMs } = outcome;
    const pids = outcome.pids.filter((pid) => pid !== undefined);
    say({ event: "forked", batch, pids, drainMs, forkMs, totalMs, heapMb: process.memoryUsage().heapUsed / 2 ** 20 });
    return;
  }
  orders.destroy();
  becomeForkedChild({ title: "soak worker" });
  native().tieLifeToParent(1, deadlineMs);
  native().unblockSignals();
  say({ event: "awake", readyMs: performance.now() - begun });
  await live(plan.fates[outcome.index] as (typeof plan.fates)[number]);
}

/** A function that V8 has not seen before, made hot: it is being optimized when the fork comes. */
function heat(batch: number): void {
  const source = `(n) => { let s = ${batch}; for (let i = 0; i < n; i++) s = (s * 31 + i) | 0; return s; }`;
  const hot = runInThisContext(source) as (n: number) => number;
  for (let i = 0; i < 200; i++) hot(3_000);
}
