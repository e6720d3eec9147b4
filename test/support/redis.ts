import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** SIGKILL, as a crash. What it held in memory is gone unless `save` was called. */
  kill(): Promise<void>;
  /** Starts again on the same port, with what was saved. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const startTimeoutMs = 10_000;

/** A private redis-server on a free port, gone when the test is. */
export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-redis-"));
  const port = await freePort();
  let server: ChildProcess | undefined;
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    port,
    async start() {
      server = spawn(
        "redis-server",
        ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--appendonly", "no"],
        { stdio: "ignore" },
      );
      await answers(port);
    },
    async kill() {
      const victim = server;
      server = undefined;
      if (victim === undefined) return;
      victim.kill("SIGKILL");
      await once(victim, "exit");
    },
    async close() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

async function answers(port: number): Promise<void> {
  const client = new Redis({ port, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => {});
  const late = setTimeout(() => client.disconnect(), startTimeoutMs);
  try {
    await client.ping();
  } finally {
    clearTimeout(late);
    client.disconnect();
  }
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
