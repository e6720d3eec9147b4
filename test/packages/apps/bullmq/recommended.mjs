import { Queue } from "bullmq";

let followUps;

export default {
  afterFork: () => {
    followUps = new Queue("follow-ups", { connection: { url: process.env.REDIS_URL } });
  },
  teardown: async () => await followUps?.close(),
  processors: {
    "*": async (job) => {
      const { data } = await followUps.add("next", { n: job.data.n });
      return data.n;
    },
  },
};
