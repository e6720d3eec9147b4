// The template of the engine's soak test: it forks the batches that init orders, and runs tide.ts between two batches.
import net from "node:net";
import readline from "node:readline";
import { forkBatch } from "../../../src/engine/fork/fork-batch.ts";
import { becomeForkedChild } from "../../../src/engine/identity/become-forked-child.ts";
import { native } from "../../../src/native/binding.ts";
import { planBatch } from "../support/fates.ts";
import { say } from "./lines.ts";
import { beforeBatch, load } from "./tide.ts";
import { live } from "./worker.ts";

const seed = Number(process.argv[2]);
const deadlineMs = 60_000;

await load();

const orders = new net.Socket({ fd: 3 });
readline.createInterface({ input: orders }).on("line", (text) => void obey(Number(text)));
process.stdout.write(`${JSON.stringify({ event: "ready" })}\n`);

async function obey(batch: number): Promise<void> {
  const plan = planBatch(seed, batch);
  await beforeBatch(batch, plan);
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
