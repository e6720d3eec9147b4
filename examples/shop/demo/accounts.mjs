import { readFile } from "node:fs/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { amounts, makeJob, queueNames } from "./jobs.mjs";

const magic = { ".pdf": "%PDF-", ".xlsx": "PK", ".png": "\x89PNG" };

/** The results of the jobs, counted in Redis, independently of the entrypoint's own figures. */
export class Accounts {
  #queues;
  #redis;
  #prefix;

  constructor(redis, url, prefix) {
    this.#queues = new Map(queueNames.map((name) => [name, new Queue(name, { connection: { url }, prefix })]));
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** Fails at once if no Redis answers at the address; the entrypoint would wait for it. */
  static async open(url, prefix) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, connectTimeout: 5_000 });
    let cause;
    redis.on("error", (error) => {
      cause = error;
    });
    await redis.connect().catch((error) => {
      throw new Error(`no Redis answers at REDIS_URL: ${(cause ?? error).message || (cause ?? error).code}`);
    });
    return new Accounts(redis, url, prefix);
  }

  /** By queue: how many jobs were added, and how many are done, failed or running. */
  async count() {
    const entries = [...this.#queues].map(async ([name, queue]) => {
      const counts = await queue.getJobCounts();
      const added = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return [name, { added, done: counts.completed, failed: counts.failed, running: counts.active }];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** One line for each job with a wrong result. */
  async mistakes() {
    const all = queueNames.flatMap((name) => Array.from({ length: amounts[name] }, (_, n) => this.#mistakeOf(name, n)));
    return (await Promise.all(all)).filter((mistake) => mistake !== undefined);
  }

  async #mistakeOf(name, n) {
    const id = `${name}-${n}`;
    const job = await this.#queues.get(name).getJob(id);
    if (job === undefined) return `${id} does not exist`;
    const { began, done } = await this.#redis.hgetall(`${this.#prefix}:ledger:${name}:${id}`);
    if (began !== "1" || done !== "1") return `${id} began ${began ?? 0} times, and was done ${done ?? 0} times`;
    const { expected } = makeJob(name, n, "");
    const wrong = Object.entries(expected).find(([key, value]) => job.returnvalue?.[key] !== value);
    if (wrong !== undefined) return `${id}: ${wrong[0]} is ${job.returnvalue?.[wrong[0]]}, expected ${wrong[1]}`;
    return await mistakeOfFile(id, job.returnvalue.file);
  }

  /** Deletes the keys of this run: the Redis may be the user's. */
  async clear() {
    for await (const keys of this.#redis.scanStream({ match: `${this.#prefix}:*`, count: 1000 })) {
      if (keys.length > 0) await this.#redis.unlink(keys);
    }
  }

  async close() {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#redis.disconnect();
  }
}

async function mistakeOfFile(id, file) {
  if (file === undefined) return undefined;
  const bytes = await readFile(file).catch(() => undefined);
  const begins = magic[file.slice(file.lastIndexOf("."))];
  if (bytes === undefined) return `${id}: ${file} does not exist`;
  return bytes.toString("latin1", 0, begins.length) === begins ? undefined : `${id}: ${file} is damaged`;
}
