// Starts a PostgreSQL server for one run, from Debian's package, on a free port and with nothing in it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";

const versions = "/usr/lib/postgresql";
const startTimeoutMs = 30_000;

/** Starts the server and resolves when it accepts connections. `stop` ends it and removes its files. */
export async function startPostgres({ command = [] } = {}) {
  const programs = path.join(
    versions,
    readdirSync(versions)
      .toSorted((a, b) => Number(a) - Number(b))
      .at(-1),
    "bin",
  );
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-postgres-"));
  const data = path.join(folder, "data");
  const port = await freePort();
  // PostgreSQL refuses to run as root. The group is the user's own.
  const isRoot = process.getuid() === 0;
  if (isRoot) chownSync(folder, idOf("-u"), idOf("-g"));
  const as = [
    "setpriv",
    "--pdeathsig",
    "INT",
    ...(isRoot ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []),
    "--",
  ];
  const [file, ...words] = [
    ...as,
    path.join(programs, "initdb"),
    "-D",
    data,
    "-A",
    "trust",
    "-U",
    "postgres",
    "--no-sync",
  ];
  execFileSync(file, words, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const options = ["-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1", "-c", "fsync=off"];
  // The kernel ends the server when this process ends, for whatever reason.
  const [program, ...arguments_] = [...as, ...command, path.join(programs, "postgres"), ...options];
  const server = spawn(program, arguments_, { cwd: folder, stdio: "ignore" });
  const exited = new Promise((resolve) => server.once("exit", resolve));
  const stop = async () => {
    server.kill("SIGINT");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const end = performance.now() + startTimeoutMs;
  while (spawnSync(path.join(programs, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)]).status !== 0) {
    if (server.exitCode !== null || performance.now() > end) {
      await stop();
      throw new Error(`postgres was not ready within ${startTimeoutMs} ms`);
    }
    await pause(50);
  }
  return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, port, pid: server.pid, stop };
}

function idOf(flag) {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
