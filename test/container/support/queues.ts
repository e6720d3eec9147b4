import { type Job, Queue } from "bullmq";
import type { Container } from "./container.ts";
import { until } from "./until.ts";

/** A producer of its own process, beside the containers: it reaches Redis by the port that compose.yml publishes on loopback. */
export class Producer {
  readonly #queues = new Map<string, Queue>();
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
  }

  static async to(redis: Container): Promise<Producer> {
    const ports = (await redis.inspect()).NetworkSettings.Ports["6379/tcp"];
    return new Producer(Number(ports?.[0]?.HostPort));
  }

  queue(name: string): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: { host: "127.0.0.1", port: this.#port } });
    // The connection's, when a test stops Redis; a call that fails by it rejects.
    queue.on("error", () => undefined);
    this.#queues.set(name, queue);
    return queue;
  }

  add(queue: string, data: unknown = {}): Promise<Job> {
    return this.queue(queue).add("job", data);
  }

  /** What the job returned. Rejects with its failed reason, if that is how it ended. */
  async result(job: Job, timeoutMs = 20_000): Promise<unknown> {
    const done = await this.inState(job, ["completed", "failed"], timeoutMs);
    if (await done.isFailed()) throw new Error(done.failedReason);
    return done.returnvalue as unknown;
  }

  /** The job as it is when it is first seen in one of these states. */
  async inState(job: Job, states: readonly string[], timeoutMs = 20_000): Promise<Job> {
    const what = `job ${job.queueName}:${job.id} is ${states.join(" or ")}`;
    await until(
      timeoutMs,
      what,
      () => job.getState(),
      (state) => states.includes(state),
    );
    const seen = await this.queue(job.queueName).getJob(job.id as string);
    if (seen === undefined) throw new Error(`${what}: it is gone`);
    return seen as Job;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }
}
