// The other sides of bench/throughput.ts: one plain BullMQ Worker for each queue, which Node runs or forker adopts. It has a name, which each job carries, as users
// give it one to see in BullMQ's tools which worker has a job.
import { hostname } from "node:os";
import { Worker } from "bullmq";
// @ts-expect-error a fixture in JavaScript, as an application is
import { perform } from "./throughput-app.mjs";

const { port, queues, concurrency } = JSON.parse(process.env["BENCH_WORKERS"] ?? "") as {
  port: number;
  queues: string[];
  concurrency: number;
};
await Promise.all(
  queues.map(async (queue) => {
    const worker = new Worker(queue, perform as () => Promise<unknown>, {
      connection: { port },
      concurrency,
      name: `${hostname()}:${process.pid}`,
    });
    await worker.waitUntilReady();
  }),
);
process.stdout.write("ready\n");
