// A job every second in each scheduler. Each run is recorded with the process that it ran in.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { CronJob } from "cron";
import { Cron } from "croner";
import cron from "node-cron";
import schedule from "node-schedule";

const everySecond = "* * * * * *";
const require = createRequire(import.meta.url);
const record = (name) => () =>
  appendFileSync(process.env.RUNS_FILE, `${JSON.stringify({ name, pid: process.pid, atMs: Date.now() })}\n`);

const { Cron: Required } = require("croner");
export const jobs = [
  new CronJob(everySecond, record("cron"), null, true),
  new Cron(everySecond, record("croner")),
  new Required(everySecond, record("croner, required")),
];
cron.schedule(everySecond, record("node-cron"));
require("node-cron").schedule(everySecond, record("node-cron, required"));
schedule.scheduleJob(everySecond, record("node-schedule"));
setInterval(record("setInterval"), 1_000);

export default { processors: { "*": () => "done" } };
