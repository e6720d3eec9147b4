// npm run bench:discovery: from the first `add` to a queue that did not exist to the first line of its processor, in a worker of `*`
// that looks for queues every five seconds. With keyspace events enabled on the server, and without, among few and many keys.
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { eventually } from "../test/support/deadline.ts";
import { startRedis } from "../test/support/redis.ts";
import { formatMs, markdownTable, percentile } from "./support/numbers.ts";
import { record } from "./support/results.ts";
import { definitionForker } from "./support/whole-forker.ts";

const { values } = parseArgs({
  options: { queues: { type: "string", default: "12" }, keys: { type: "string", default: "200000" } },
});
const aimMs = 500;
/** By then, the worker looks every five seconds. */
const settleMs = 8_000;
const bulk = 10_000;

interface Measured {
  readonly newQueueMs: readonly number[];
  readonly searches: number;
}

async function measure(keys: number, events: string): Promise<Measured> {
  await using redis = await startRedis();
  const client = new Redis({ port: redis.port });
  await client.config("SET", "notify-keyspace-events", events);
  for (let first = 0; first < keys; first += bulk)
    await client.mset(Array.from({ length: 2 * bulk }, (_, n) => (n % 2 === 0 ? `other:${first + n / 2}` : "1")));
  process.env["FORKER_QUEUE_EVENTS"] = events === "" ? "off" : "keyspace";
  await using _forker = await definitionForker("*", redis.port);
  await pause(settleMs);
  const newQueueMs: number[] = [];
  for (let n = 0; n < Number(values.queues); n++) {
    const queue = new Queue(`new-${n}`, { connection: { port: redis.port } });
    const job = await queue.add("job", { sentAt: String(process.hrtime.bigint()) });
    const done = await eventually(60_000, "the job done", async () => {
      const one = await queue.getJob(job.id ?? "");
      return one?.finishedOn !== undefined && one;
    });
    newQueueMs.push(done.returnvalue as number);
    await queue.close();
    // Another phase of the interval each time.
    await pause(100 + 450 * (n % 10));
  }
  const searches = Number(/cmdstat_scan:calls=(\d+)/.exec(await client.info("commandstats"))?.[1] ?? 0);
  client.disconnect();
  return { newQueueMs, searches };
}

const rows: string[][] = [];
for (const events of ["", "Kh"]) {
  for (const keys of [0, Number(values.keys)]) {
    const { newQueueMs, searches } = await measure(keys, events);
    const [p50, p99] = [percentile(newQueueMs, 0.5), percentile(newQueueMs, 0.99)];
    rows.push([
      events === "" ? "no" : "`Kh`",
      keys.toLocaleString("en"),
      formatMs(p50),
      formatMs(p99),
      String(searches),
    ]);
    record({
      what: `a job in a new queue under \`*\`, ${keys.toLocaleString("en")} other keys, ${events === "" ? "without" : "with"} keyspace events: p50`,
      measured: formatMs(p50),
      aim: formatMs(aimMs),
      ratio: p50 / aimMs,
      isMet: p50 <= aimMs,
    });
  }
}
const head = ["keyspace events", "other keys", "new queue to first job, p50", "p99", "SCAN commands"];
process.stdout.write(`${values.queues} new queues each, one worker.\n\n${markdownTable(head, rows)}\n`);
