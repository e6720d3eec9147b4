import { pino } from "pino";

const log = pino(pino.destination({ dest: process.env.LOG_FILE, sync: true }));

export default {
  processors: {
    "*": async (job) => {
      log.info({ n: job.data.n }, "at work");
      return job.data.n;
    },
  },
};
