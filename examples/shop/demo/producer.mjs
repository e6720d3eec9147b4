// The other side of the queues: a separate process, which adds jobs in waves while the workers run.
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { amounts, makeJob, queueNames } from "./jobs.mjs";

const { REDIS_URL: url, FORKER_PREFIX: prefix, SHOP_WEBHOOK_SECRET: webhookSecret } = process.env;
const waves = 12;
const betweenWavesMs = 700;

const queues = new Map(queueNames.map((name) => [name, new Queue(name, { connection: { url }, prefix })]));
for (let wave = 0; wave < waves; wave += 1) {
  await Promise.all(queueNames.map((name) => addWave(name, wave)));
  await pause(betweenWavesMs);
}
await Promise.all([...queues.values()].map((queue) => queue.close()));

async function addWave(name, wave) {
  const size = amounts[name] / waves;
  const numbers = Array.from({ length: size }, (_, index) => wave * size + index);
  const jobs = numbers.map((n) => ({
    name,
    data: makeJob(name, n, webhookSecret).data,
    opts: { jobId: `${name}-${n}` },
  }));
  await queues.get(name).addBulk(jobs);
}
