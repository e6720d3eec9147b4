import { readdirSync, readFileSync } from "node:fs";
import { Queue } from "bullmq";
import { eventually } from "../../test/support/deadline.ts";

const roundTimeoutMs = 60_000;
const lookEveryMs = 50;

/** A side that works on a queue, and its measurements. */
export interface Side extends AsyncDisposable {
  /** The worker. */
  readonly pid: number;
  /** The process that started it and all others of this side. */
  readonly rootPid: number;
  readonly queue: Queue;
  readonly perSecond: number[];
  readonly cpuMicroseconds: number[];
  readonly pickUpMs: number[];
}

export function sideOf(pid: number, queueName: string, port: number, stop: () => Promise<void>, rootPid = pid): Side {
  const queue = new Queue(queueName, { connection: { port } });
  return {
    pid,
    rootPid,
    queue,
    perSecond: [],
    cpuMicroseconds: [],
    pickUpMs: [],
    async [Symbol.asyncDispose]() {
      await queue.close();
      await stop();
    },
  };
}

/** A backlog of no-op jobs, from the first job's start to the last one's end, as recorded in Redis. */
export async function drainBacklog({ queue, pid, perSecond, cpuMicroseconds }: Side, backlog: number): Promise<void> {
  await queue.pause();
  for (let added = 0; added < backlog; added += 1_000) {
    await queue.addBulk(Array.from({ length: Math.min(1_000, backlog - added) }, () => ({ name: "job", data: {} })));
  }
  const cpuBeforeMs = cpuMsOf(pid);
  await queue.resume();
  await eventually(roundTimeoutMs, "the backlog done", async () => {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    return (await queue.getCompletedCount()) === backlog;
  });
  cpuMicroseconds.push(((cpuMsOf(pid) - cpuBeforeMs) * 1_000) / backlog);
  const [first] = await queue.getCompleted(backlog - 1, backlog - 1);
  const [last] = await queue.getCompleted(0, 0);
  perSecond.push((backlog * 1_000) / ((last?.finishedOn ?? 0) - (first?.processedOn ?? 0)));
  await queue.clean(0, backlog, "completed");
}

/** User and system time of all its threads so far. In `stat` the kernel counts in ticks of 10 ms, here in nanoseconds. */
export function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0],
  );
  return nanoseconds.reduce((sum, one) => sum + Number(one), 0) / 1e6;
}
