// npm run bench:throughput: compares a forked worker under the entrypoint with plain BullMQ Workers in one process, both warm,
// alternately on one private Redis. With ten queues all jobs are in the lowest one: the worst case for strict priority.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { parseArgs } from "node:util";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { drainBacklog, type Side, sideOf } from "./support/backlog.ts";
import { markdownTable, median, percentile } from "./support/numbers.ts";
import { wholeForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    jobs: { type: "string", default: "6000" },
    /** `10x1`: ten queues, concurrency 1. */
    only: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const backlog = Number(values.jobs);
const pickUpsARound = 40;
const warmUpRounds = 2;

const redis = await startRedis();

async function plainSide(queues: readonly string[], concurrency: number): Promise<Side> {
  const file = path.join(import.meta.dirname, "throughput-plain.ts");
  const child = spawn(process.execPath, [file, JSON.stringify({ port: redis.port, queues, concurrency })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return sideOf(child.pid ?? 0, queues.at(-1) ?? "", redis.port, async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
}

/** From before `add` in this process to the first line of the processor in an idle worker. */
async function pickUp({ queue, pickUpMs }: Side): Promise<void> {
  const job = await queue.add("job", { sentAt: String(process.hrtime.bigint()) });
  await eventually(5_000, "the job done", async () => (await queue.getCompletedCount()) === 1);
  pickUpMs.push((await queue.getJob(job.id ?? ""))?.returnvalue as number);
  await queue.clean(0, 1, "completed");
}

async function rowOf(queueCount: number, concurrency: number): Promise<string[]> {
  const names = (side: string) => Array.from({ length: queueCount }, (_, index) => `${side}-${index}`);
  await using forker = await wholeForker(names("forker"), concurrency, redis.port);
  await using plain = await plainSide(names("plain"), concurrency);
  for (let round = -warmUpRounds; round < rounds; round++) {
    const turns = round % 2 === 0 ? [forker, plain] : [plain, forker];
    for (const side of turns) await drainBacklog(side, backlog);
    for (let job = 0; job < pickUpsARound; job++) for (const side of turns) await pickUp(side);
    if (round >= 0) continue;
    for (const side of turns) for (const cold of [side.perSecond, side.cpuMicroseconds, side.pickUpMs]) cold.length = 0;
  }
  const [ours, theirs] = [median(forker.perSecond), median(plain.perSecond)];
  const rate = [ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)];
  const cpu = [forker, plain].map(({ cpuMicroseconds }) => median(cpuMicroseconds).toFixed(0));
  const pickUps = [forker, plain].map(({ pickUpMs }) =>
    [0.5, 0.99].map((part) => percentile(pickUpMs, part).toFixed(2)).join(" / "),
  );
  return [String(queueCount), String(concurrency), ...rate, ...cpu, ...pickUps];
}

const table: string[][] = [];
for (const queueCount of [1, 10]) {
  for (const concurrency of [1, 10]) {
    if (values.only !== undefined && values.only !== `${queueCount}x${concurrency}`) continue;
    table.push(await rowOf(queueCount, concurrency));
  }
}
const head = ["queues", "concurrency", "forker jobs/s", "plain jobs/s", "ratio"].concat([
  "forker CPU µs/job",
  "plain CPU µs/job",
  "forker pick-up ms p50 / p99",
  "plain pick-up ms p50 / p99",
]);
process.stdout.write(
  `${backlog} no-op jobs in the lowest queue, medians of ${rounds} alternating rounds; ` +
    `pick-up of ${rounds * pickUpsARound} jobs by an idle worker.\n\n${markdownTable(head, table)}\n`,
);
await redis.close();
