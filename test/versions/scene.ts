import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import type { FlowProducer, Job, JobsOptions, Queue } from "bullmq";
import { Redis } from "ioredis";
import { askStatus } from "../support/ask-status.ts";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { type Pid1, startPid1 } from "../support/pid1.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

export type BullModule = typeof import("bullmq");

interface LedgerEntry {
  readonly id: string;
  readonly what: "began" | "ended" | "completed";
  readonly pid: number;
  readonly at: number;
}

const waitMs = 30_000;

/** A forker with the application and the versions of one project. The jobs are added with the project's own BullMQ. */
export class Scene implements AsyncDisposable {
  readonly bull: BullModule;
  readonly client: Redis;
  readonly #project: string;
  readonly #file: string;
  readonly #node: string;
  readonly #redis: TestRedis;
  readonly #opened: { close(): Promise<void> }[] = [];
  #pid1: Pid1 | undefined;

  private constructor(project: string, file: string, node: string, redis: TestRedis) {
    this.#project = project;
    this.#file = file;
    this.#node = node;
    this.#redis = redis;
    this.bull = createRequire(path.join(project, file))("bullmq") as BullModule;
    this.client = new Redis(redis.url);
  }

  /** `file`: the application, one of test/versions/app. */
  static async open(project: string, file: string, node: string): Promise<Scene> {
    const scene = new Scene(project, file, node, await startRedis());
    await scene.start();
    return scene;
  }

  get pid1(): Pid1 {
    assert.ok(this.#pid1, "no forker runs");
    return this.#pid1;
  }

  /** What forker wrote, for a failed check. */
  get transcript(): string {
    return this.#pid1?.transcript ?? "";
  }

  async start(): Promise<void> {
    this.#pid1 = await startPid1({
      command: [this.#node, entrypoint, path.join(this.#project, this.#file)],
      cwd: this.#project,
      env: { REDIS_URL: this.#redis.url, FORKER_USER: "root", FORKER_ENGINE: "fork", NODE_OPTIONS: undefined },
    });
    // init starts the keeper after all workers.
    await this.#pid1.logged(({ msg }) => msg === "keeper ready", 0, waitMs);
  }

  /** Sends a signal to init, and resolves with its exit code. */
  async end(signal: NodeJS.Signals, meanwhile?: () => Promise<void>): Promise<number> {
    this.pid1.signal(signal);
    await meanwhile?.();
    return await this.pid1.exitCode(waitMs);
  }

  /** Resolves when every worker takes no more jobs. */
  async draining(): Promise<void> {
    await eventually(waitMs, "every worker draining", async () => {
      const { slots } = await askStatus(this.pid1);
      return slots.flatMap(({ workers }) => workers).every(({ mode }) => mode === "draining");
    });
  }

  queue(name: string): Queue {
    const queue = new this.bull.Queue(name, { connection: { port: this.#redis.port } });
    this.#opened.push(queue);
    return queue;
  }

  flows(): FlowProducer {
    const flows = new this.bull.FlowProducer({ connection: { port: this.#redis.port } });
    this.#opened.push(flows);
    return flows;
  }

  /** Adds a job that runs until it is released, and resolves when a worker has it. */
  async hold(queue: Queue, jobId: string, options: JobsOptions = {}): Promise<LedgerEntry> {
    await queue.add("held", {}, { ...options, jobId });
    return await this.began(jobId, 1);
  }

  async release(jobId: string): Promise<void> {
    await this.client.set(`release:${jobId}`, "1");
  }

  async ledger(): Promise<LedgerEntry[]> {
    return (await this.client.lrange("ledger", 0, -1)).map((line) => JSON.parse(line) as LedgerEntry);
  }

  async starts(jobId: string): Promise<LedgerEntry[]> {
    return (await this.ledger()).filter(({ id, what }) => id === jobId && what === "began");
  }

  /** Resolves when the job has been started this often. */
  async began(jobId: string, times: number): Promise<LedgerEntry> {
    await eventually(waitMs, `start ${times} of ${jobId}`, async () => (await this.starts(jobId)).length >= times);
    return (await this.starts(jobId))[times - 1] as LedgerEntry;
  }

  /** Resolves when the application has noted this of the job. */
  async noted(jobId: string, wanted: LedgerEntry["what"]): Promise<void> {
    await eventually(waitMs, `${jobId} ${wanted}`, async () =>
      (await this.ledger()).some(({ id, what }) => id === jobId && what === wanted),
    );
  }

  /** Resolves with the job when it has this state. */
  async reached(queue: Queue, jobId: string, state: string): Promise<Job> {
    await eventually(
      waitMs,
      `${jobId} ${state}`,
      async () => (await (await queue.getJob(jobId))?.getState()) === state,
    );
    return (await queue.getJob(jobId)) as Job;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pid1?.[Symbol.asyncDispose]();
    this.client.disconnect();
    for (const one of this.#opened) await one.close().catch(() => undefined);
    await this.#redis.close();
  }
}
