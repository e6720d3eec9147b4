// The application of test/fixtures/applications/controlled, which a test controls through Redis, under node or under forker.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { eventually } from "./deadline.ts";
import { Forker, linkModules } from "./forker.ts";
import { startRedis, type TestRedis } from "./redis.ts";

const waitMs = 60_000;
const fixture = path.join(import.meta.dirname, "../fixtures/applications/controlled");

/** One run of the application. */
export interface Side extends AsyncDisposable {
  readonly client: Redis;
  readonly url: string;
  readonly bullMajor: 5 | 6;
}

export async function underNode(bullMajor: 5 | 6): Promise<Side> {
  const redis: TestRedis = await startRedis();
  const folder = mkdtempSync(path.join(tmpdir(), "controlled-"));
  cpSync(fixture, folder, { recursive: true });
  linkModules(folder, bullMajor);
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  const child: ChildProcess = spawn(process.execPath, [path.join(folder, "worker.js")], {
    env: { ...process.env, REDIS_URL: redis.url },
    stdio: "inherit",
  });
  return {
    client,
    url: redis.url,
    bullMajor,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      client.disconnect();
      await redis.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export async function underForker(bullMajor: 5 | 6): Promise<Side> {
  const forker = await Forker.start({
    fixture: "applications/controlled",
    file: "worker.js",
    workload: "",
    bullMajor,
  });
  const { client, redis } = forker;
  return { client, url: redis.url, bullMajor, [Symbol.asyncDispose]: async () => await forker[Symbol.asyncDispose]() };
}

type Order = readonly [name: string, ...values: unknown[]];

/** Gives an order, and resolves with the reply. */
export async function ask(side: Side, ...order: Order): Promise<unknown> {
  await side.client.rpush("orders", JSON.stringify(order));
  return await eventually(waitMs, `a reply to ${JSON.stringify(order)}`, async () => {
    const reply = await side.client.lpop("replies");
    return reply === null ? undefined : (JSON.parse(reply) as unknown);
  });
}

export async function seen(
  side: Side,
  what: string,
  fields: Readonly<Record<string, unknown>> = {},
  count = 1,
): Promise<void> {
  await eventually(
    waitMs,
    `${count} × ${what} ${JSON.stringify(fields)}`,
    async () => (await noted(side, what, fields)) >= count,
  );
}

export async function noted(side: Side, what: string, fields: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const all = (await side.client.lrange("ledger", 0, -1)).map((line) => JSON.parse(line) as Record<string, unknown>);
  const wanted = Object.entries({ what, ...fields });
  return all.filter((entry) => wanted.every(([name, value]) => entry[name] === value)).length;
}

export async function add(side: Side, jobId: string, queue = "jobs"): Promise<void> {
  const one = new Queue(queue, { connection: { url: side.url } });
  try {
    await one.add("work", {}, { jobId });
  } finally {
    await one.close();
  }
}

export const release = async (side: Side, id: string) => void (await side.client.set(`release:${id}`, "1"));
