import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis, type RedisOptions } from "ioredis";

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** The server's folder, which is removed when the server ends. */
  readonly folder: string;
  /** Sends SIGKILL, like a crash. Data in memory is lost unless `save` was called. */
  kill(): Promise<void>;
  /** Makes the server hang: it closes nothing and answers nothing. */
  freeze(): void;
  thaw(): void;
  /** Starts the server again on the same port, with the data that was saved. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

export interface RedisServerOptions {
  /** Everything that it has answered is on disk, so a kill loses nothing. */
  readonly isDurable?: boolean;
  /** Writes a configuration file and returns the complete arguments of redis-server. */
  readonly file?: (folder: string, port: number) => readonly string[];
  /** Further arguments of redis-server. */
  readonly arguments?: readonly string[] | ((port: number) => readonly string[]);
  /** How to reach it, if its port is not enough. */
  readonly client?: RedisOptions;
}

const startTimeoutMs = 30_000;

/** A private redis-server on a free port, which ends with the test. */
export async function startRedis(options: RedisServerOptions = {}): Promise<TestRedis & AsyncDisposable> {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-redis-"));
  const port = await freePort();
  const durability = options.isDurable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  let server: ChildProcess | undefined;
  const own = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...durability];
  const file = options.file?.(folder, port);
  const more = typeof options.arguments === "function" ? options.arguments(port) : (options.arguments ?? []);
  const redis: TestRedis & AsyncDisposable = {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    async start() {
      // The kernel ends the server when this process ends, for whatever reason.
      const words = ["--pdeathsig", "KILL", "--", "redis-server", ...(file ?? [...own, ...more])];
      server = spawn("setpriv", words, { stdio: "ignore" });
      await answers({ port, ...options.client });
    },
    async kill() {
      const victim = server;
      server = undefined;
      if (victim === undefined) return;
      victim.kill("SIGKILL");
      await once(victim, "exit");
    },
    signal(signal) {
      server?.kill(signal);
    },
    freeze() {
      server?.kill("SIGSTOP");
    },
    thaw() {
      server?.kill("SIGCONT");
    },
    async close() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => redis.close(),
  };
  await redis.start();
  return redis;
}

export async function answers(options: RedisOptions): Promise<void> {
  const client = new Redis({ ...options, replyMapping: "legacy", retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => {});
  const late = setTimeout(() => client.disconnect(), startTimeoutMs);
  try {
    await client.ping();
  } finally {
    clearTimeout(late);
    client.disconnect();
  }
}

/** A port where nothing listens yet. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
