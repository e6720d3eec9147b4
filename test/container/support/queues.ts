import { chownSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Job, Queue } from "bullmq";
import { until } from "./until.ts";

/** The uid of the user `redis` in the official image. */
const redisUid = 999;

/** A producer outside the containers: it reaches Redis through a socket in `folder`, which compose.yml mounts. */
export class Producer {
  readonly #queues = new Map<string, Queue>();
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "forker-socket-"));

  constructor() {
    chownSync(this.folder, redisUid, redisUid);
  }

  queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: { path: path.join(this.folder, "redis") } });
    // Errors of the connection when a test stops Redis. A call that fails because of that rejects.
    queue.on("error", () => undefined);
    this.#queues.set(name, queue);
    return queue;
  }

  add(queue: string, data: unknown = {}): Promise<Job> {
    return this.queue(queue).add("job", data);
  }

  /** The job's return value. Rejects with the failed reason if the job failed. */
  async result(job: Job, timeoutMs = 20_000): Promise<unknown> {
    const done = await this.inState(job, ["completed", "failed"], timeoutMs);
    if (await done.isFailed()) throw new Error(done.failedReason);
    return done.returnvalue as unknown;
  }

  /** The job when it is first seen in one of these states. */
  async inState(job: Job, states: readonly string[], timeoutMs = 20_000): Promise<Job> {
    const what = `job ${job.queueName}:${job.id} is ${states.join(" or ")}`;
    await until(
      timeoutMs,
      what,
      () => job.getState(),
      (state) => states.includes(state),
    );
    const seen = await this.queue(job.queueName).getJob(job.id as string);
    if (seen === undefined) throw new Error(`${what}: it no longer exists`);
    return seen as Job;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
