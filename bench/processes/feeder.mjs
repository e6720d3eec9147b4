// Adds jobs, the same for both sides, and ends when all are done: `feeder.mjs 100 import,mail`. Without queues it adds the
// shop's mix.

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { makeJob, queueNames } from "../../examples/shop/demo/jobs.mjs";
import { lightData } from "./light-data.mjs";

const { REDIS_URL: url, FORKER_PREFIX: prefix, SHOP_WEBHOOK_SECRET: secret } = process.env;
const names = process.argv[3]?.split(",") ?? queueNames;
const total = Number(process.argv[2]);

const queues = names.map((name) => new Queue(name, { connection: { url }, prefix }));
const before = await Promise.all(queues.map((queue) => queue.getJobCountByTypes("completed")));
const wanted = queues.map((_, index) => Math.floor(total / names.length) + (index < total % names.length ? 1 : 0));
for (const [index, queue] of queues.entries()) {
  const numbers = Array.from({ length: wanted[index] }, (_, n) => before[index] + n);
  await queue.addBulk(numbers.map((n) => ({ name: queue.name, data: dataOf(queue.name, n) })));
}
for (;;) {
  const counts = await Promise.all(queues.map((queue) => queue.getJobCounts("completed", "failed")));
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  if (failed > 0) throw new Error(`${failed} jobs failed`);
  if (counts.every((count, index) => count.completed === before[index] + wanted[index])) break;
  await pause(100);
}
await Promise.all(queues.map((queue) => queue.close()));

function dataOf(name, n) {
  return name === "light" ? lightData(n) : makeJob(name, n, secret).data;
}
