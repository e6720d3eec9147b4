import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import type net from "node:net";
import os from "node:os";
import path from "node:path";
import { Redis } from "ioredis";

const body = Buffer.alloc(20_000, "x");
let opened: Promise<Open> | undefined;

interface Open {
  readonly folder: string;
  readonly port: number;
  readonly agent: http.Agent;
  readonly redis: Redis;
}

async function open(): Promise<Open> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "forker-parity-"));
  process.on("exit", () => void rm(folder, { recursive: true, force: true }));
  const server = http.createServer((request, response) => request.resume().on("end", () => response.end(body)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const redis = new Redis(process.env["REDIS_URL"] ?? "");
  return { folder, port: (server.address() as net.AddressInfo).port, agent, redis };
}

/** File access through libuv's pool, HTTP to itself over loopback, and pings to a Redis, one at a time and in batches. */
export async function run(): Promise<void> {
  opened ??= open();
  const { folder, port, agent, redis } = await opened;
  for (let i = 0; i < 40; i++) {
    const file = path.join(folder, String(i % 8));
    await writeFile(file, body);
    await Promise.all([readFile(file), stat(file), readFile(file)]);
  }
  for (let i = 0; i < 30; i++) await Promise.all(Array.from({ length: 8 }, () => post(port, agent)));
  for (let i = 0; i < 200; i++) await redis.ping();
  for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 100 }, () => redis.ping()));
}

async function post(port: number, agent: http.Agent): Promise<void> {
  const request = http.request({ port, host: "127.0.0.1", agent, method: "POST" }).end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  await once(response.resume(), "end");
}
