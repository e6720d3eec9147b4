// The account that the jobs keep: a line in a file for each start and each end, appended with one write, and the same in Redis
// under keys of the test. None of it comes from forker or BullMQ.
import { randomBytes } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { Redis } from "ioredis";

const life = Number(process.env.CHAOS_LIFE);

export function openAccount(slot) {
  const file = openSync(process.env.CHAOS_ACCOUNT, "a");
  const redis = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
  redis.on("error", () => {});

  function write(job, start, what, why) {
    const { queueName: queue, id, data } = job;
    const entry = { what, atMs: Date.now(), queue, id, kind: data.kind, start, life, pid: process.pid, slot, why };
    writeSync(file, `${JSON.stringify(entry)}\n`);
    redis.sadd(`chaos:${what}`, `${queue}|${id}|${start}`).catch(() => {});
  }

  return {
    /** Records the end of the work before any other process can learn of it. */
    async keep(job, signal, work) {
      const start = randomBytes(9).toString("base64url");
      write(job, start, "began");
      try {
        const result = await work(redis);
        write(job, start, "ended");
        return result;
      } catch (error) {
        write(job, start, signal?.aborted ? "aborted" : "failed", error.message);
        throw error;
      }
    },
    close: () => redis.disconnect(),
  };
}
