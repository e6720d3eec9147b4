// What an application waits for while it loads decides what its template does: test/fixtures/applications/waits.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { recorded } from "../support/ledger.ts";
import { freePort } from "../support/redis.ts";

const waits = { fixture: "applications/waits", workload: "2" } as const;
const waitMs = 60_000;

async function listening(server: net.Server, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

/** Greets each client. It never ends a connection. */
function greeter(): net.Server {
  return net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("hello");
  });
}

/** Answers no client before it is released. */
function silentServer(): { readonly server: net.Server; readonly release: () => void } {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    void released.then(() => socket.write("hello"));
  });
  return { server, release };
}

/** The first two workers continue what the template has bootstrapped. */
async function assertShared(forker: Forker): Promise<void> {
  const ready = await recorded(forker, "ready", 2);
  assert.equal(new Set(ready.map(({ pid }) => pid)).size, 2);
  const { templates } = await forker.status();
  const bootstrapped = new Set(ready.map((entry) => entry["bootstrapped"]));
  assert.deepEqual([...bootstrapped], [templates[0]?.pid]);
  assert.deepEqual(
    forker.log.filter(({ msg }) => msg === "worker exited"),
    [],
  );
}

describe("An application that waits while it loads", { concurrency: false }, () => {
  const servers = {
    sleep: () => greeter(),
    interval: () => greeter(),
    poll: () => http.createServer((_request, response) => void response.end("up")),
  } as const;
  for (const [way, create] of Object.entries(servers))
    test(`for a server that starts late, with ${way}: bootstraps once, in the template`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), "forker-waits-"));
      const tries = path.join(folder, "tries");
      const port = await freePort();
      const server = create();
      try {
        const env = { TEST_PORT: String(port), TEST_TRIES: tries, TEST_WAY: way };
        await using forker = await Forker.start({ ...waits, file: "late.mjs", env });
        const enough = () => existsSync(tries) && readFileSync(tries, "utf8").length >= 3;
        await eventually(waitMs, "three tries", enough);
        await listening(server, port);
        await forker.ready();
        await assertShared(forker);
      } finally {
        server.close();
        rmSync(folder, { recursive: true });
      }
    });

  test("for a server that is away fails at FORKER_BOOT_TIMEOUT, which names the server", async () => {
    const port = await freePort();
    const env = { TEST_PORT: String(port), TEST_WAY: "interval", FORKER_BOOT_TIMEOUT: "10" };
    await using forker = await Forker.start({ ...waits, file: "late.mjs", env });
    assert.equal(await forker.pid1.exitCode(waitMs), 70);
    const { msg } = await forker.logged("FORKER_BOOT_TIMEOUT");
    assert.match(String(msg), /it waits for Redis at 127\.0\.0\.1:\d+, /);
    assert.match(
      String(msg),
      new RegExp(`127\\.0\\.0\\.1:${port} \\(\\d+ attempts to connect, the last: ECONNREFUSED\\)`),
    );
    assert.match(String(msg), /an interval of 2500ms, created at .*\/late\.mjs:\d+/);
  });

  test("for the slow reply of a server: is not loaded before it, and bootstraps once", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "forker-waits-"));
    const ticks = path.join(folder, "ticks");
    const { server, release } = silentServer();
    const port = await listening(server);
    try {
      const env = { TEST_PORT: String(port), TEST_TICKS: ticks };
      await using forker = await Forker.start({ ...waits, file: "slow.mjs", env });
      // Two ticks a second: much longer than forker waits for what may have nothing to do with the load.
      const enough = () => existsSync(ticks) && readFileSync(ticks, "utf8").length >= 12;
      await eventually(waitMs, "the application's ticks", enough);
      assert.deepEqual(
        forker.log.filter(({ msg }) => msg === "loaded application" || msg === "worker started"),
        [],
      );
      release();
      await forker.ready();
      await assertShared(forker);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  for (const [way, message] of [
    ["throws", /uncaught error while it was loading: no database: ECONNREFUSED \(RangeError at .*\/gives-up\.mjs:\d+/],
    ["exits", /exit code 3 while it was loading: the application called process\.exit\(\) at .*\/gives-up\.mjs:\d+/],
  ] as const)
    test(`for a server that is away, and then ${way}: the error names the server`, async () => {
      const port = await freePort();
      const env = { TEST_PORT: String(port), TEST_WAY: way };
      await using forker = await Forker.start({ ...waits, file: "gives-up.mjs", env });
      assert.equal(await forker.pid1.exitCode(waitMs), 70);
      const { msg } = await forker.logged(message);
      const suffix = `; it could not reach 127.0.0.1:${port} (an attempt to connect: ECONNREFUSED)`;
      assert.ok(String(msg).endsWith(suffix), String(msg));
    });

  for (const way of ["command", "queue", "event", "later"])
    test(`for Redis in a race with a timer (${way}): the timer fires in each worker alone`, async () => {
      const server = greeter();
      const port = await listening(server);
      try {
        const env = { TEST_WAY: way, TEST_PORT: String(port) };
        await using forker = await Forker.start({ ...waits, file: "race.mjs", env });
        await forker.ready();
        const ready = await recorded(forker, "ready", 2);
        // On a busy machine, the timer may win in a worker, which then fails and is replaced.
        for (const { pid } of ready) assert.equal((await recorded(forker, "limit", 1, { pid })).length, 1);
        const limits = await recorded(forker, "limit", 2);
        const { templates } = await forker.status();
        assert.ok(![...ready, ...limits].some(({ pid }) => pid === templates[0]?.pid));
      } finally {
        server.close();
      }
    });

  test("for Redis, and has an interval: goes on in each worker", async () => {
    await using forker = await Forker.start({ ...waits, file: "race.mjs", env: { TEST_WAY: "interval" } });
    await forker.ready();
    const ready = await recorded(forker, "ready", 2);
    assert.equal(new Set(ready.map(({ pid }) => pid)).size, 2);
  });
});
