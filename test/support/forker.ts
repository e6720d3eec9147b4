import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import type { Status } from "../../src/protocol/status.ts";
import { askStatus } from "./ask-status.ts";
import { eventually } from "./deadline.ts";
import { type LogLine, type Pid1, startPid1 } from "./pid1.ts";
import { Proxy } from "./proxy.ts";
import { startRedis, type TestRedis } from "./redis.ts";
import { Subcommand } from "./subcommand.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const entrypoint = path.join(root, "dist/entrypoint.mjs");
const waitMs = 60_000;
const statusIntervalMs = 25;

export interface ForkerOptions {
  readonly engine?: "auto" | "fork" | "spawn";
  readonly workload?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly wrapper?: readonly string[];
  /** An entry point other than the built one. */
  readonly entrypoint?: string;
  /** A Node other than the one that the test runs on. */
  readonly node?: string;
  /** A folder of test/fixtures, and its application file. */
  readonly fixture?: string;
  readonly file?: string;
  /** The major version of the application's BullMQ. Default: the newest. */
  readonly bullMajor?: 5 | 6;
  /** Changes the application before it starts. */
  readonly prepare?: (folder: string) => Promise<void>;
  /** forker reaches Redis through a proxy that can cut connections and lose answers; the test does not. */
  readonly withProxy?: boolean;
}

/** What a job of the fixture recorded about itself. */
export interface LedgerEntry {
  readonly id: string;
  readonly queue: string;
  readonly what: "began" | "ended";
  readonly version: string;
  readonly pid: number;
  readonly slot: string;
}

async function subcommandOf(pid1: Pid1, of: string, args: readonly string[]): Promise<string> {
  const inside = ["-t", String(pid1.outerPid), "--pid", "--mount", "--net", "--", process.execPath, of, ...args];
  const { stdout } = await promisify(execFile)("nsenter", inside);
  return stdout;
}

/** A forker as PID 1 of its own namespace, with the application of test/fixtures/forker, a Redis and queues. */
export class Forker implements AsyncDisposable {
  readonly redis: TestRedis;
  readonly client: Redis;
  readonly proxy: Proxy | undefined;
  readonly folder: string;
  readonly #entrypoint: string;
  readonly #queues = new Map<string, Queue>();
  #pid1: Pid1;
  #again: (() => Promise<Pid1>) | undefined;
  #serial = 0;

  static async start(options: ForkerOptions = {}): Promise<Forker> {
    const redis = await startRedis();
    const proxy = options.withProxy === true ? await Proxy.start(redis.port) : undefined;
    const folder = mkdtempSync(path.join(tmpdir(), "forker-test-"));
    cpSync(path.join(root, "test/fixtures", options.fixture ?? "forker"), folder, { recursive: true });
    linkModules(folder, options.bullMajor);
    await options.prepare?.(folder);
    chmodSync(folder, 0o755);
    const started = options.entrypoint ?? entrypoint;
    const start = async () =>
      await startPid1({
        command: [options.node ?? process.execPath, started, path.join(folder, options.file ?? "workers.mjs")],
        env: {
          REDIS_URL: proxy?.url ?? redis.url,
          TEST_LEDGER: redis.url,
          FORKER_USER: "root",
          FORKER_ENGINE: options.engine ?? "fork",
          FORKER_LOG_LEVEL: "debug",
          WORKLOAD: options.workload ?? "jobs x2",
          NODE_OPTIONS: undefined,
          ...options.env,
        },
        ...(options.wrapper === undefined ? {} : { wrapper: options.wrapper }),
      });
    const forker = new Forker(redis, folder, await start(), started, proxy);
    forker.#again = start;
    return forker;
  }

  constructor(redis: TestRedis, folder: string, pid1: Pid1, started = entrypoint, proxy?: Proxy) {
    this.proxy = proxy;
    this.redis = redis;
    this.folder = folder;
    this.#pid1 = pid1;
    this.#entrypoint = started;
    this.client = new Redis(redis.url, { maxRetriesPerRequest: null });
    this.client.on("error", () => undefined);
  }

  get pid1(): Pid1 {
    return this.#pid1;
  }

  /** Kills PID 1, and every process with it, and starts the container again, as its restart policy would. */
  async killedAndStartedAgain(meanwhile?: () => Promise<void>): Promise<void> {
    this.#pid1.signal("SIGKILL");
    await this.#pid1.exitCode(waitMs);
    await meanwhile?.();
    assert.ok(this.#again, "it was not started here");
    this.#pid1 = await this.#again();
  }

  get log(): readonly LogLine[] {
    return this.pid1.log;
  }

  async logged(message: string | RegExp, from = 0): Promise<LogLine> {
    const matches = ({ msg }: LogLine) =>
      typeof message === "string" ? String(msg).includes(message) : message.test(String(msg));
    return await this.pid1.logged(matches, from, waitMs);
  }

  /** A log line with this message and these fields. A regular expression matches the text of a field. */
  async loggedWith(message: string, fields: Readonly<Record<string, unknown>>, from = 0): Promise<LogLine> {
    return await this.pid1.logged((line) => line["msg"] === message && hasFields(line, fields), from, waitMs);
  }

  /** Waits until every slot takes jobs. */
  async ready(): Promise<Status> {
    return await this.until("ready", (status) => status.ready && !status.reloading);
  }

  /** Waits until every worker is of this generation and takes jobs. */
  async reloaded(generation: number): Promise<Status> {
    return await this.until(`generation ${generation} in every slot`, (status) => {
      const workers = status.slots.flatMap((slot) => slot.workers);
      return (
        status.ready && !status.reloading && workers.length > 0 && workers.every((one) => one.generation === generation)
      );
    });
  }

  async until(what: string, question: (status: Status) => boolean): Promise<Status> {
    let latest: unknown;
    try {
      const ask = async () => {
        if (this.pid1.hasEnded) throw new Error("it has ended");
        const status = await this.status().catch((error: unknown) => void (latest = String(error)));
        if (status === undefined) return undefined;
        latest = status;
        return question(status) ? status : undefined;
      };
      return await eventually(waitMs, what, ask, statusIntervalMs);
    } catch (cause) {
      const found = `the latest status was ${JSON.stringify(latest)}`;
      throw new Error(`${what}: ${(cause as Error).message}; ${found}\n${this.pid1.transcript}`, { cause });
    }
  }

  async status(): Promise<Status> {
    return await askStatus(this.pid1);
  }

  /** Runs a subcommand as `docker exec` does: as a separate process in the same namespaces. */
  async subcommand(...args: string[]): Promise<string> {
    return await subcommandOf(this.pid1, this.#entrypoint, args);
  }

  /** Starts a subcommand that runs for a while, such as `drain --wait`. `as`: a program that starts it, such as setpriv. */
  begin(args: readonly string[], as: readonly string[] = []): Subcommand {
    const inside = ["-t", String(this.pid1.outerPid), "--pid", "--mount", "--net", "--", ...as];
    return new Subcommand(spawn("nsenter", [...inside, process.execPath, this.#entrypoint, ...args]));
  }

  /** Sends QUIT, and returns the exit code. */
  async drained(): Promise<number> {
    this.pid1.signal("SIGQUIT");
    return await this.pid1.exitCode(waitMs);
  }

  queue(name = "jobs"): Queue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: { url: this.redis.url } });
    queue.on("error", () => undefined);
    this.#queues.set(name, queue);
    return queue;
  }

  async add(behaviour: string, options: Parameters<Queue["add"]>[2] = {}, queue = "jobs"): Promise<string> {
    const jobId = `job-${this.#serial++}`;
    await this.queue(queue).add(behaviour, {}, { jobId, ...options });
    return jobId;
  }

  async release(id: string): Promise<void> {
    await this.client.set(`release:${id}`, "1");
  }

  async began(id: string, times = 1): Promise<LedgerEntry> {
    return await this.#entry(id, "began", times);
  }

  async finished(id: string): Promise<LedgerEntry> {
    return await this.#entry(id, "ended", 1);
  }

  async ledger(): Promise<LedgerEntry[]> {
    const entries = await this.client.lrange("ledger", 0, -1);
    return entries.map((entry) => JSON.parse(entry) as LedgerEntry);
  }

  /** Replaces the application, so that the next load loads another version. */
  deploy(source: string): void {
    writeFileSync(path.join(this.folder, "version.mjs"), `${source}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pid1[Symbol.asyncDispose]();
    for (const queue of this.#queues.values()) await queue.close().catch(() => undefined);
    this.client.disconnect();
    this.proxy?.close();
    await this.redis.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #entry(id: string, what: LedgerEntry["what"], times: number): Promise<LedgerEntry> {
    return await eventually(waitMs, `job ${id} ${what}`, async () => {
      const found = (await this.ledger()).filter((entry) => entry.id === id && entry.what === what);
      return found.length >= times ? found[times - 1] : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`${(cause as Error).message}\n${this.pid1.transcript}`, { cause });
    });
  }
}

/** Gives a folder the packages of the repository, with this BullMQ and the ioredis that comes with it. */
export function linkModules(folder: string, bullMajor: 5 | 6 = 6): void {
  const [to, from] = [path.join(folder, "node_modules"), path.join(root, "node_modules")];
  if (bullMajor === 6) return symlinkSync(from, to);
  mkdirSync(to);
  symlinkSync(path.join(from, "bullmq-5"), path.join(to, "bullmq"));
  const own = path.join(from, "bullmq-5/node_modules/ioredis");
  symlinkSync(existsSync(own) ? own : path.join(from, "ioredis"), path.join(to, "ioredis"));
}

export function hasFields(line: LogLine, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).every(([name, value]) =>
    value instanceof RegExp ? value.test(String(line[name])) : line[name] === value,
  );
}
