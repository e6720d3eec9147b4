// Starts a Redis server for one run: the machine's redis-server, on a free port, without persistence.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";

const startTimeoutMs = 10_000;
const stopTimeoutMs = 5_000;

/** Starts redis-server and resolves when it answers. `stop` ends it and removes its files. */
export async function startRedis({ command = [] } = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "forker-redis-"));
  const port = await freePort();
  const settings = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "no",
    "maxmemory-policy": "noeviction",
  };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // The kernel ends the server when this process ends, for whatever reason.
  const server = spawn("setpriv", ["--pdeathsig", "TERM", "--", ...command, "redis-server", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/bin:/usr/bin:/usr/sbin` },
  });
  const exited = new Promise((resolve) => server.once("exit", resolve));
  const stop = async () => {
    server.kill("SIGTERM");
    const killer = setTimeout(() => server.kill("SIGKILL"), stopTimeoutMs);
    if (server.pid !== undefined) await exited;
    clearTimeout(killer);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(server, exited);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, port, pid: server.pid, stop };
}

/** Resolves when redis-server logs that it accepts connections. */
async function ready(server, exited) {
  let output = "";
  let timer;
  const accepts = new Promise((resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`redis-server was not ready within ${startTimeoutMs} ms`)),
      startTimeoutMs,
    );
    const take = (text) => {
      output = (output + text).slice(-4000);
      if (output.includes("Ready to accept connections")) resolve();
    };
    server.stdout.setEncoding("utf8").on("data", take);
    server.stderr.setEncoding("utf8").on("data", take);
    server.once("error", (error) => reject(new Error(`redis-server cannot be started: ${error.message}`)));
    void exited.then(() => reject(new Error(`redis-server ended at once: ${output.trim().split("\n").at(-1)}`)));
  });
  try {
    await accepts;
  } finally {
    clearTimeout(timer);
  }
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
