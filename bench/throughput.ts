// npm run bench:throughput: compares forked workers under the entrypoint, one of a definition and one that adopted the plain side's
// program, with plain BullMQ Workers in one process, all warm, alternately on one private Redis. With ten queues all jobs are in
// the lowest one: the worst case for strict priority.
import { once } from "node:events";
import path from "node:path";
import { parseArgs } from "node:util";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { drainBacklog, type Side, sideOf } from "./support/backlog.ts";
import { markdownTable, median, percentile } from "./support/numbers.ts";
import { record } from "./support/results.ts";
import { spawnTied } from "./support/spawn-tied.ts";
import { adoptingForker, wholeForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    jobs: { type: "string", default: "6000" },
    /** `10x1`: ten queues, concurrency 1. */
    only: { type: "string" },
    /** `other`: a definition under another build of forker, whose entrypoint is BENCH_ENTRYPOINT. */
    sides: { type: "string", default: "definition,adopted,plain" },
  },
});
const rounds = Number(values.rounds);
const backlog = Number(values.jobs);
const pickUpsARound = 40;
/** Until V8 has optimized the code and grown the young generation, which takes some 25,000 jobs. */
const warmUpRounds = 5;

const redis = await startRedis();

async function plainSide(queues: readonly string[], concurrency: number): Promise<Side> {
  const file = path.join(import.meta.dirname, "throughput-plain.ts");
  const child = spawnTied(process.execPath, [file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BENCH_WORKERS: JSON.stringify({ port: redis.port, queues, concurrency }) },
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

const starts = {
  definition: (queues: readonly string[], concurrency: number) => wholeForker(queues, concurrency, redis.port),
  other: (queues: readonly string[], concurrency: number) =>
    wholeForker(queues, concurrency, redis.port, { BENCH_ENTRYPOINT: process.env["BENCH_ENTRYPOINT"] ?? "" }),
  adopted: (queues: readonly string[], concurrency: number) => adoptingForker(queues, concurrency, redis.port),
  plain: plainSide,
};
type SideName = keyof typeof starts;
const sideNames = values.sides.split(",") as SideName[];
const longestName = Math.max(...sideNames.map((name) => name.length));
const ours = sideNames.filter((name) => name !== "plain");

async function rowOf(queueCount: number, concurrency: number): Promise<string[]> {
  const sides = new Map<SideName, Side>();
  try {
    for (const name of sideNames) {
      // Names of one length: each command of BullMQ contains the name some twenty times.
      const queues = Array.from({ length: queueCount }, (_, index) => `${name.padEnd(longestName, "-")}-${index}`);
      sides.set(name, await starts[name](queues, concurrency));
    }
    return await measure(sides, queueCount, concurrency);
  } finally {
    for (const side of sides.values()) await side[Symbol.asyncDispose]();
  }
}

async function measure(sides: ReadonlyMap<SideName, Side>, queueCount: number, concurrency: number): Promise<string[]> {
  const all = [...sides.values()];
  for (let round = -warmUpRounds; round < rounds; round++) {
    // Each side is first equally often.
    const first = (round + warmUpRounds) % all.length;
    const turns = [...all.slice(first), ...all.slice(0, first)];
    for (const side of turns) await drainBacklog(side, backlog);
    for (let job = 0; job < pickUpsARound; job++) for (const side of turns) await pickUp(side);
    if (round >= 0) continue;
    for (const side of turns) for (const cold of [side.perSecond, side.cpuMicroseconds, side.pickUpMs]) cold.length = 0;
  }
  for (const name of ours) recordAims(name, sides, `${queueCount} × ${concurrency}`);
  const plain = median(sides.get("plain")?.perSecond ?? []);
  return [
    String(queueCount),
    String(concurrency),
    ...all.map(({ perSecond }) => median(perSecond).toFixed(0)),
    ...ours.map((name) => (median(sides.get(name)?.perSecond ?? []) / plain).toFixed(2)),
    ...all.map(({ cpuMicroseconds }) => median(cpuMicroseconds).toFixed(0)),
    ...all.map(({ pickUpMs }) => [0.5, 0.99].map((part) => percentile(pickUpMs, part).toFixed(2)).join(" / ")),
  ];
}

/** The aims are the plain side's figures. */
function recordAims(name: SideName, sides: ReadonlyMap<SideName, Side>, shape: string): void {
  const [side, plain] = [sides.get(name), sides.get("plain")];
  if (side === undefined || plain === undefined) return;
  const aims: [
    what: string,
    figure: (one: Side) => number,
    isMoreBetter: boolean,
    format: (value: number) => string,
  ][] = [
    ["jobs a second", ({ perSecond }) => median(perSecond), true, (value) => value.toFixed(0)],
    ["processor time of a job", (one) => median(one.cpuMicroseconds), false, (value) => `${value.toFixed(0)} µs`],
    ["pick-up p50", ({ pickUpMs }) => percentile(pickUpMs, 0.5), false, (value) => `${value.toFixed(2)} ms`],
    ["pick-up p99", ({ pickUpMs }) => percentile(pickUpMs, 0.99), false, (value) => `${value.toFixed(2)} ms`],
  ];
  for (const [what, figure, isMoreBetter, format] of aims) {
    const ratio = figure(side) / figure(plain);
    const isMet = isMoreBetter ? ratio >= 1 : ratio <= 1;
    const aim = `plain: ${format(figure(plain))}`;
    record({
      what: `${shape} (queues × concurrency), ${name}: ${what}`,
      measured: format(figure(side)),
      aim,
      ratio,
      isMet,
    });
  }
}

const table: string[][] = [];
for (const queueCount of [1, 10]) {
  for (const concurrency of [1, 10]) {
    if (values.only !== undefined && values.only !== `${queueCount}x${concurrency}`) continue;
    table.push(await rowOf(queueCount, concurrency));
  }
}
const head = [
  "queues",
  "concurrency",
  ...sideNames.map((name) => `${name} jobs/s`),
  ...ours.map((name) => `${name} / plain`),
  ...sideNames.map((name) => `${name} CPU µs/job`),
  ...sideNames.map((name) => `${name} pick-up ms p50 / p99`),
];
process.stdout.write(
  `${backlog} no-op jobs in the lowest queue, medians of ${rounds} alternating rounds; ` +
    `pick-up of ${rounds * pickUpsARound} jobs by an idle worker.\n\n${markdownTable(head, table)}\n`,
);
await redis.close();
