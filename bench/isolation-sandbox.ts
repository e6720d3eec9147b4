// The other sides of bench/isolation.ts: a plain BullMQ Worker whose processor is a file, with BullMQ's sandbox as it is, or with its
// process ended after each job.
import { fileURLToPath } from "node:url";
import { Worker } from "bullmq";

const { port, queue, concurrency, endsProcess } = JSON.parse(process.env["BENCH_WORKER"] ?? "") as {
  port: number;
  queue: string;
  concurrency: number;
  endsProcess: boolean;
};
// BullMQ pipes the output of each process to these.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
const file = fileURLToPath(new URL("isolation-processor.cjs", import.meta.url));
const worker = new Worker(queue, file, { connection: { port }, concurrency });
await worker.waitUntilReady();

/** BullMQ's own parts: the processes that wait for a job. */
interface Pool {
  readonly free: Readonly<Record<string, readonly unknown[]>>;
  kill(child: unknown, signal: "SIGKILL"): Promise<void>;
}
const { childPool } = worker as unknown as { childPool: Pool };
if (endsProcess)
  worker.on("completed", () => {
    for (const child of Object.values(childPool.free).flat()) void childPool.kill(child, "SIGKILL");
  });
process.stdout.write("ready\n");
