import cron from "node-cron";

let ticks = 0;

export default {
  afterFork: (worker) => {
    if (worker.slot === 0) cron.schedule("* * * * * *", () => ticks++);
  },
  processors: { "*": async (job) => job.data.n },
};
