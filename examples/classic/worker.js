// node worker.js: takes the shop's jobs. No line of this file, or of those that it requires, knows forker.
const path = require("node:path");
const { MetricsTime, Queue, QueueEvents, Worker } = require("bullmq");
const { connection } = require("./connection.js");
const processOrder = require("./processors/orders.js");
const sendMail = require("./processors/mail.js");
const callWebhook = require("./processors/webhooks.js");

const week = 7 * 24 * 60 * 60;

const orders = new Worker("orders", processOrder, {
  connection,
  concurrency: 5,
  metrics: { maxDataPoints: MetricsTime.ONE_WEEK },
  removeOnComplete: { count: 10 },
  removeOnFail: { age: week },
});

const mail = new Worker("mail", sendMail, {
  connection,
  concurrency: 10,
  limiter: { max: 5, duration: 1000 },
});

const webhooks = new Worker("webhooks", callWebhook, {
  connection,
  concurrency: 3,
  settings: {
    backoffStrategy: (attemptsMade, type) => (type === "patient" ? attemptsMade * 400 : 300),
  },
});

const thumbnails = new Worker("thumbnails", path.join(__dirname, "processors/thumbnails.js"), {
  connection,
  concurrency: 2,
  lockDuration: 60_000,
});

const workers = [orders, mail, webhooks, thumbnails];
for (const worker of workers) {
  worker.on("active", (job) => say(worker, "active", job));
  worker.on("progress", (job, progress) => say(worker, "progress", job, progress));
  worker.on("completed", (job, result) => say(worker, "completed", job, JSON.stringify(result)));
  worker.on("failed", (job, error) => {
    say(worker, "failed", job, error.message);
    if (job.attemptsMade >= (job.opts.attempts ?? 1)) say(worker, "dead letter", job, `after ${job.attemptsMade}`);
  });
  worker.on("stalled", (id) => console.log(`[${worker.name}] stalled ${id}`));
  worker.on("error", (error) => console.error(`[${worker.name}] ${error.message}`));
}

function say(worker, event, job, what = "") {
  console.log(`[${worker.name}] ${event} ${job.id} ${what}`.trimEnd());
}

const orderEvents = new QueueEvents("orders", { connection });
orderEvents.on("completed", ({ jobId }) => console.log(`[orders, everywhere] completed ${jobId}`));
orderEvents.on("failed", ({ jobId, failedReason }) =>
  console.log(`[orders, everywhere] failed ${jobId} ${failedReason}`),
);

const orderQueue = new Queue("orders", { connection });
const everyMs = Number(process.env.CANCEL_UNPAID_EVERY_MS ?? 60_000);
orderQueue
  .upsertJobScheduler("cancel-unpaid", { every: everyMs }, { name: "cancel-unpaid" })
  .catch((error) => console.error(`scheduler: ${error.message}`));

async function close() {
  console.log("closing");
  await Promise.all(workers.map((worker) => worker.close()));
  await Promise.all([orderEvents.close(), orderQueue.close()]);
  connection.disconnect();
  console.log("closed");
  process.exit(0);
}

process.on("SIGTERM", () => close());
