// npm run bench:reload: from SIGHUP until all workers of the example application are replaced, and a plain process that loads it, in
// turns. The aim is one load and 0.3 s.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startRedis } from "../test/support/redis.ts";
import { ForkSide } from "./support/fork-side.ts";
import { formatMs, markdownTable, median } from "./support/numbers.ts";
import { PlainSide } from "./support/plain-side.ts";
import { record } from "./support/results.ts";
import { type SideOptions, shopQueues } from "./support/side.ts";

const { values } = parseArgs({
  options: { workers: { type: "string", default: "32" }, rounds: { type: "string", default: "5" } },
});
const workers = Number(values.workers);
const addedMs = 300;
const folder = await mkdtemp(path.join(os.tmpdir(), "forker-bench-"));
const redis = await startRedis();
const optionsOf = (prefix: string): SideOptions => ({
  pin: [],
  parallel: 1,
  queues: shopQueues,
  environment: {
    BENCH_APP: path.join(import.meta.dirname, "../examples/shop/workers.mjs"),
    REDIS_URL: redis.url,
    FORKER_PREFIX: prefix,
    SHOP_PREFIX: prefix,
    SHOP_FILES: folder,
    SHOP_WEBHOOK_SECRET: "whsec_bench",
  },
});
const reloadMs: number[] = [];
const loadMs: number[] = [];
const fork = new ForkSide(optionsOf("fork"));
try {
  await fork.start(workers);
  for (let round = 0; round < Number(values.rounds); round++) {
    const plain = new PlainSide(optionsOf("plain"));
    loadMs.push(await time(() => plain.start(1)));
    await plain.stop();
    reloadMs.push(await time(() => fork.reload()));
  }
} finally {
  await fork.stop();
  await redis.close();
  await rm(folder, { recursive: true, force: true });
}
const [ours, load] = [median(reloadMs), median(loadMs)];
const aimMs = load + addedMs;
record({
  what: `HUP until all ${workers} workers are replaced`,
  measured: formatMs(ours),
  aim: `one load + ${formatMs(addedMs)}: ${formatMs(aimMs)}`,
  ratio: ours / aimMs,
  isMet: ours <= aimMs,
});
const row = [String(workers), formatMs(ours), formatMs(load), formatMs(ours - load)];
process.stdout.write(
  `Medians of ${values.rounds} rounds.\n\n${markdownTable(["workers", "HUP to all replaced", "one plain process, ready", "added"], [row])}\n`,
);

async function time(work: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}
