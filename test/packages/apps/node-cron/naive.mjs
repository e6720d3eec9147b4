import cron from "node-cron";

let ticks = 0;
cron.schedule("* * * * * *", () => ticks++);

export default { processors: { "*": async (job) => job.data.n } };
