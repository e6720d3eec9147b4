// One process of plain BullMQ Workers as usually deployed: a Worker for each queue, and SIGTERM closes them.
import { Worker } from "bullmq";
import { openAccount } from "./account.mjs";
import { perform } from "./behaviours.mjs";
import { obeyMonkey } from "./mischief.mjs";

const slot = Number(process.argv[2]);
process.title = `plain worker ${slot}`;
const account = openAccount(slot);
obeyMonkey();
const workers = process.env.CHAOS_QUEUES.split(",").map((queue) => {
  const worker = new Worker(queue, async (job, _token, signal) => await perform(account, job, signal), {
    connection: { url: process.env.REDIS_URL, maxRetriesPerRequest: null },
  });
  worker.on("error", () => {});
  return worker;
});
process.on("SIGTERM", () => void Promise.all(workers.map((worker) => worker.close())).then(() => process.exit(0)));
