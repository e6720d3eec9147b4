// The application that test/versions runs with each version: it records in Redis, by its own ioredis, what its jobs do.
import Redis from "ioredis";

let redis;

const record = async (job, what) =>
  await redis.rpush("ledger", JSON.stringify({ id: job.id, what, pid: process.pid, at: Date.now() }));

/** Waits until the scenario releases the job, or its signal is aborted. */
async function held(job, signal) {
  while ((await redis.exists(`release:${job.id}`)) === 0) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return "released";
}

const behaviours = {
  plain: (job) => job.data.number * 2,
  held,
  retried: (job) => {
    if (job.attemptsMade < 2) throw new Error("not yet");
    return "at last";
  },
  fails: () => {
    throw new Error("as asked");
  },
  child: (job) => job.data.number,
  parent: async (job) => Object.values(await job.getChildrenValues()).reduce((sum, one) => sum + one, 0),
};

export default {
  setup(forker) {
    forker.workload = "work x2; ordered";
  },
  afterFork() {
    redis = new Redis(process.env.REDIS_URL);
  },
  teardown() {
    redis?.disconnect();
  },
  processors: {
    "*": async (job, _token, signal) => {
      await record(job, "began");
      const result = await behaviours[job.name](job, signal);
      await record(job, "ended");
      return result;
    },
  },
};
