// Adds jobs, the same mix for both sides, and ends when all are done.

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { makeJob, queueNames } from "../../examples/shop/demo/jobs.mjs";

const { REDIS_URL: url, FORKER_PREFIX: prefix, SHOP_WEBHOOK_SECRET: secret } = process.env;
const each = Number(process.argv[2]) / queueNames.length;

const queues = queueNames.map((name) => new Queue(name, { connection: { url }, prefix }));
for (const queue of queues) {
  const numbers = Array.from({ length: each }, (_, n) => n);
  await queue.addBulk(numbers.map((n) => ({ name: queue.name, data: makeJob(queue.name, n, secret).data })));
}
for (;;) {
  const counts = await Promise.all(queues.map((queue) => queue.getJobCounts("completed", "failed")));
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  if (failed > 0) throw new Error(`${failed} jobs failed`);
  if (counts.every((count) => count.completed === each)) break;
  await pause(100);
}
await Promise.all(queues.map((queue) => queue.close()));
