// The template of bench/pages.ts: loads the example application, and forks a worker for each action that may write to shared
// pages. The worker does only that, and pauses before and after so that it can be measured from outside.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { forkBatch } from "../../src/engine/fork/fork-batch.ts";
import { becomeQuiet, settleHeap } from "../../src/engine/fork/quiet.ts";
import { becomeForkedChild } from "../../src/engine/identity/become-forked-child.ts";
import { trackEntropy } from "../../src/engine/identity/entropy.ts";
import { collectAllGarbage, collectGarbage } from "../../src/heap/collect-garbage.ts";
import { native } from "../../src/native/binding.ts";

const [way = "settled", rounds = "1"] = process.argv.slice(2);
const deadlineMs = 20_000;

trackEntropy();
for (const name of ["bullmq", "ioredis", "pino"]) await import(name);
const shopModule: string = "../../examples/shop/src/shop.mjs";
const { loadShop } = (await import(shopModule)) as {
  loadShop(this: void): Promise<{ rehearse(): Promise<void> }>;
};
const shop = await loadShop();
if (way === "warmed up") for (let i = 0; i < 3; i++) await shop.rehearse();
await becomeQuiet({ deadlineMs });
if (way === "two collections") for (let i = 0; i < 2; i++) collectGarbage();
else if (way !== "not collected") settleHeap();

const causes: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  "32 MB of short-lived objects": () => allocate(32),
  "a full collection": () => collectGarbage(),
  "six full collections": () => collectTimes(6),
  "six full collections, --no-flush-bytecode": () => {
    setFlagsFromString("--no-flush-bytecode");
    collectTimes(6);
  },
  "six full collections, --no-compact": () => {
    setFlagsFromString("--no-compact");
    collectTimes(6);
  },
  "the most thorough collection": () => collectAllGarbage(),
  "a price list as PDF and as workbook, once": async () => await shop.rehearse(),
  "the same, ten times": async () => {
    for (let i = 0; i < 10; i++) await shop.rehearse();
  },
};

for (let round = 0; round < Number(rounds); round++) {
  for (const [cause, act] of Object.entries(causes)) {
    await becomeQuiet({ deadlineMs });
    await setImmediate();
    const outcome = forkBatch(1, { deadlineMs });
    if (outcome.role === "child") await beWorker(cause, act);
    else await waitFor(cause, outcome.pids[0] as number);
  }
}
process.exit(0);

async function beWorker(cause: string, act: () => unknown): Promise<never> {
  becomeForkedChild({ title: `pages ${cause}` });
  native().tieLifeToParent(Number(process.env["BENCH_PID"]), deadlineMs);
  native().unblockSignals();
  process.kill(process.pid, "SIGSTOP");
  await act();
  process.kill(process.pid, "SIGSTOP");
  process.exit(0);
}

/** Waits until the benchmark has reaped the worker, because two workers at a time would share pages with each other. */
async function waitFor(cause: string, pid: number): Promise<void> {
  writeSync(1, `${JSON.stringify({ cause, pid })}\n`);
  process.stdin.resume();
  await once(process.stdin, "data");
  process.stdin.pause();
}

function collectTimes(times: number): void {
  for (let i = 0; i < times; i++) collectGarbage();
}

function allocate(mb: number): void {
  for (let i = 0; i < mb * 16; i++) Array.from({ length: 1_000 }, (_, n) => ({ n }));
}
