import { pino } from "pino";

const log = pino({ transport: { target: "pino/file", options: { destination: process.env.LOG_FILE } } });

export default {
  processors: {
    "*": async (job) => {
      log.info({ n: job.data.n }, "at work");
      return job.data.n;
    },
  },
};
