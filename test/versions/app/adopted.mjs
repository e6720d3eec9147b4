// The same jobs in an application with Workers of its own, which knows nothing of forker.
import { Worker } from "bullmq";
import Redis from "ioredis";

const redis = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const { hostname: host, port } = new URL(process.env.REDIS_URL);
const connection = { host, port: Number(port) };

const record = async (job, what) =>
  await redis.rpush("ledger", JSON.stringify({ id: job.id, what, pid: process.pid, at: Date.now() }));

const behaviours = {
  plain: (job) => job.data.number * 2,
  held: async (job) => {
    while ((await redis.exists(`release:${job.id}`)) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return "released";
  },
  /** Calls a method of the other Worker. */
  call: async (job) => {
    await other[job.data.method]();
  },
};

async function perform(job) {
  await record(job, "began");
  return await behaviours[job.name](job);
}

const worker = new Worker("work", perform, { connection });
const other = new Worker("other", perform, { connection });
// In the template none of these waits for a connection.
const brief = new Worker("brief", perform, { connection });
await brief.pause();
await brief.resume();
await brief.close();
worker.on("completed", (job) => void record(job, "completed"));
