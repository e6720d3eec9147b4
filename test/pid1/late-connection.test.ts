import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

/** Has the template open something after its fork check, and then lets it fork a worker. Returns the templates' pids. */
async function openLate(
  what: object,
  then: (forker: Forker) => Promise<void> = async () => undefined,
): Promise<number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-late-"));
  const file = path.join(folder, "open");
  try {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_OPENS_LATE: file } });
    const before = await forker.ready();
    const pidOf = (status: typeof before) => status.slots[0]?.workers[0]?.pid ?? 0;
    writeFileSync(file, JSON.stringify(what));
    await eventually(60_000, "what the template opens", () => !existsSync(file));
    forker.pid1.signalInner(pidOf(before), "SIGKILL");
    await then(forker);
    const after = await forker.until("another worker", (status) => status.ready && pidOf(status) !== pidOf(before));
    assert.equal(after.engine, "fork");
    await forker.finished(await forker.add("quick"));
    assert.equal(await forker.drained(), 0);
    return [before, after].map((status) => status.templates[0]?.pid ?? 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a template that opened a server after its check is replaced, and no worker shares the server", async () => {
  const [before, after] = await openLate({ listen: true }, async (forker) => {
    const { cause } = await forker.logged("could not fork processes");
    assert.match(String(cause), /^the template opened a server on TCP 127\.0\.0\.1:\d+ .* after the fork check: /);
  });
  assert.notEqual(before, after);
});

test("a template that opened a connection after its check forks on, and the connection is only its own", async () => {
  const server = net.createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const [before, after] = await openLate({ connect: (server.address() as net.AddressInfo).port });
    assert.equal(before, after);
  } finally {
    server.close();
  }
});

test("a server that a NODE_OPTIONS preload opened is refused, and distinguished from one that the container passed in", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-preload-"));
  const preload = path.join(folder, "preload.cjs");
  writeFileSync(preload, "if (process.env.FORKER_LAUNCH) require('node:net').createServer().listen(0, '127.0.0.1');");
  try {
    await using forker = await Forker.start({ workload: "jobs", env: { NODE_OPTIONS: `--require=${preload}` } });
    assert.equal(await forker.pid1.exitCode(60_000), 70);
    const { msg } = await forker.logged("the application left open");
    assert.match(
      String(msg),
      /a server on TCP 127\.0\.0\.1:\d+ .*, possibly created by NODE_OPTIONS="--require=.*preload\.cjs"/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
