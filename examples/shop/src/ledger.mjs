import { Redis } from "ioredis";

/** The shop's own record, separate from BullMQ's: how often each job began, and how often it was done. */
export class Ledger {
  #url;
  #prefix;
  #redis;

  constructor({ redisUrl, prefix }) {
    this.#url = redisUrl;
    this.#prefix = prefix;
  }

  async connect() {
    this.#redis = new Redis(this.#url, { lazyConnect: true, maxRetriesPerRequest: null });
    // ioredis reconnects by itself; without a listener each attempt's error would be printed.
    this.#redis.on("error", () => {});
    await this.#redis.connect();
  }

  async disconnect() {
    const redis = this.#redis;
    this.#redis = undefined;
    redis?.disconnect();
  }

  async began(job) {
    await this.#redis.hincrby(`${this.#prefix}:ledger:${job.queueName}:${job.id}`, "began", 1);
  }

  async done(job) {
    await this.#redis.hincrby(`${this.#prefix}:ledger:${job.queueName}:${job.id}`, "done", 1);
  }
}
