import winston from "winston";

const log = winston.createLogger({ transports: [new winston.transports.File({ filename: process.env.LOG_FILE })] });
log.info("loaded");

export default {
  processors: {
    "*": async (job) => {
      log.info("at work", { n: job.data.n });
      return job.data.n;
    },
  },
};
