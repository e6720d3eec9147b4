// A child of the plain side: loads the same application, and starts plain BullMQ Workers on the same queues.
import { createRequire } from "node:module";
import process from "node:process";

const { BENCH_APP: app, REDIS_URL: url, FORKER_PREFIX: prefix } = process.env;
const queues = process.argv.slice(2);
let last = Promise.resolve();

const { Worker } = createRequire(app)("bullmq");
const { default: definition } = await import(app);
await definition.setup({ user() {} });
await definition.afterFork({});
const workers = queues.map((queue) => new Worker(queue, processorOf(queue), { connection: { url }, prefix }));
await Promise.all(workers.map((worker) => worker.waitUntilReady()));

process.once("SIGTERM", () => void end());
process.once("disconnect", () => void end());
process.send("ready");

function processorOf(queue) {
  return async (job, token, signal) => {
    await definition.beforePerform(job);
    const result = await oneAtATime(() => definition.processors[queue](job, token, signal));
    await definition.afterPerform(job, result);
    return result;
  };
}

/** The same as in the other side's worker. */
async function oneAtATime(work) {
  const result = last.then(work);
  last = result.catch(() => {});
  return await result;
}

async function end() {
  await Promise.all(workers.map((worker) => worker.close()));
  await definition.teardown();
  process.exit();
}
