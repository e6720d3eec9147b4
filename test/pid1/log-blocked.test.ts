// The reader of PID 1's log has stopped, or the disk is full: PID 1 drops lines and continues to work.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, truncateSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { HealthProbe } from "../support/health.ts";
import { freePort } from "../support/redis.ts";

const app = path.join(import.meta.dirname, "../fixtures/apps/plain-workers.mjs");

interface Started {
  readonly pid: number;
  readonly probe: HealthProbe;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | null>;
}

/** A forker as a child of this process, because its standard output matters here. */
async function start(
  context: TestContext,
  output: number | net.Socket,
  { user = "root", wrapper = [] as readonly string[] } = {},
): Promise<Started> {
  const probe = await HealthProbe.onFreePort();
  const env = {
    ...process.env,
    ...probe.env,
    FORKER_USER: user,
    FORKER_LOG_LEVEL: "trace",
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    WORKLOAD: "jobs",
    NODE_OPTIONS: undefined,
  };
  const [program, ...args] = [...wrapper, process.execPath, entrypoint, app];
  const child = spawn(program, args, { env, stdio: ["ignore", output, "inherit"] });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  context.after(() => child.kill("SIGKILL"));
  await eventually(90_000, "it to be up", async () => (await probe.all().catch(() => "")) === "200 503 200");
  return { pid: child.pid ?? 0, probe, kill: (signal) => child.kill(signal), ended };
}

/** Sends signals, each of which init logs, until the kernel must have refused some lines. */
async function flood({ probe, kill }: Started): Promise<void> {
  await eventually(90_000, "lines to be dropped", async () => {
    for (let turn = 0; turn < 20; turn++) {
      kill("SIGWINCH");
      kill("SIGURG");
      // An answer shows that the event loop has turned since, so these signals do not merge with the next ones.
      await probe.verdict("/livez");
    }
    return ((await probe.metrics()).get("forker_log_lines_dropped_total") ?? 0) > 20;
  });
}

/** Sends requests and signals while nobody reads the log. */
async function isResponsive({ probe, kill }: Started): Promise<void> {
  for (const [signal, suspended] of [
    ["SIGUSR2", 1],
    ["SIGCONT", 0],
  ] as const) {
    kill(signal);
    await eventually(60_000, signal, async () => (await probe.metrics()).get("forker_suspended") === suspended);
  }
}

async function namedPipe(context: TestContext): Promise<{ readEnd: number; writeEnd: number }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-log-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const pipe = path.join(folder, "pipe");
  await once(spawn("mkfifo", ["-m", "600", pipe]), "exit");
  const readEnd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(pipe, "w");
  return { readEnd, writeEnd };
}

function drainPipe(readEnd: number): string {
  const part = Buffer.alloc(1 << 20);
  let text = "";
  try {
    for (let length = readSync(readEnd, part); length > 0; length = readSync(readEnd, part))
      text += part.toString("utf8", 0, length);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cause;
  }
  return text;
}

describe("a log that cannot be written", () => {
  for (const user of ["root", "12345:12345"]) {
    test(`as ${user} loses lines in a pipe whose reader stopped reading: init acts on signals, drains, and reports the loss`, async (context) => {
      const { readEnd, writeEnd } = await namedPipe(context);
      const forker = await start(context, writeEnd, { user });
      closeSync(writeEnd);
      await flood(forker);
      await isResponsive(forker);
      assert.equal((await forker.probe.verdict("/livez")).status, 200);
      // The reader returns, and reads to the end.
      let text = drainPipe(readEnd);
      forker.kill("SIGQUIT");
      const { ended } = forker;
      let over = false;
      void ended.then(() => {
        over = true;
      });
      await eventually(60_000, "its end", () => {
        text += drainPipe(readEnd);
        return over;
      });
      assert.equal(await ended, 0);
      text += drainPipe(readEnd);
      closeSync(readEnd);
      assert.match(text, /"role":"init"[^\n]*"msg":"\d+ log lines were dropped: nobody read standard output"/);
      assert.match(text, /"finished":0,.*"msg":"init exits"/);
      for (const line of text.trim().split("\n")) JSON.parse(line);
    });
  }

  test("does not keep init from draining and ending while another user's pipe, which it cannot reopen, is full", async (context) => {
    const { readEnd, writeEnd } = await namedPipe(context);
    const wrapper = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"];
    const forker = await start(context, writeEnd, { user: "12345:12345", wrapper });
    closeSync(writeEnd);
    await flood(forker);
    await isResponsive(forker);
    forker.kill("SIGQUIT");
    assert.equal(await forker.ended, 0);
    closeSync(readEnd);
  });

  test("does not keep init from draining and ending while a socket is full whose other end stopped reading", async (context) => {
    // A unix socket, because TCP's buffers hold megabytes.
    const name = `\0forker-test-${process.pid}`;
    const server = net.createServer({ pauseOnConnect: true }).listen(name);
    await once(server, "listening");
    const socket = net.connect(name);
    const [peer] = (await once(server, "connection")) as [net.Socket];
    context.after(() => {
      server.close();
      peer.destroy();
      socket.destroy();
    });
    const forker = await start(context, socket);
    await flood(forker);
    await isResponsive(forker);
    forker.kill("SIGQUIT");
    assert.equal(await forker.ended, 0);
  });

  test("does not keep init from draining and ending with 0 after the reader of a pipe has gone", async (context) => {
    const { readEnd, writeEnd } = await namedPipe(context);
    const forker = await start(context, writeEnd);
    closeSync(writeEnd);
    closeSync(readEnd);
    await flood(forker);
    await isResponsive(forker);
    forker.kill("SIGQUIT");
    assert.equal(await forker.ended, 0);
  });

  test("keeps whole lines on a full disk, counts those that do not fit, and reports the loss when there is room", async (context) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "forker-disk-"));
    context.after(() => rmSync(folder, { recursive: true }));
    // Its own mount namespace, so there is nothing to clean up. Standard output is a file on a disk of 64 KiB.
    const script = `mount -t tmpfs -o size=64k tmpfs ${folder} && exec "$@" >> ${folder}/log`;
    const wrapper = ["unshare", "--mount", "--", "sh", "-c", script, "sh"];
    const forker = await start(context, 2, { wrapper });
    // Read through the forker's /proc entry, because only the forker has this mount.
    const log = `/proc/${forker.pid}/root${folder}/log`;
    await flood(forker);
    await isResponsive(forker);
    const full = readFileSync(log, "utf8");
    assert.ok(full.length > 48 << 10, `${full.length} bytes`);
    const whole = full.split("\n").slice(0, -1);
    for (const line of whole) JSON.parse(line);
    truncateSync(log);
    await eventually(60_000, "the line about the loss", () => {
      forker.kill("SIGWINCH");
      return /"msg":"\d+ log lines were dropped: there was no space for standard output \(ENOSPC\)"/.test(
        readFileSync(log, "utf8"),
      );
    });
    forker.kill("SIGQUIT");
    assert.equal(await forker.ended, 0);
  });
});
