import { createClient } from "redis";

const redis = createClient({ url: process.env.REDIS_URL });

export default {
  afterFork: async () => void (await redis.connect()),
  teardown: async () => redis.isOpen && (await redis.close()),
  processors: { "*": async (job) => Number(await redis.echo(String(job.data.n))) },
};
