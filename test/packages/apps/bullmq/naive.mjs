import { Queue } from "bullmq";

const followUps = new Queue("follow-ups", { connection: { url: process.env.REDIS_URL } });

export default {
  processors: {
    "*": async (job) => {
      const { data } = await followUps.add("next", { n: job.data.n });
      return data.n;
    },
  },
};
