import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

/** npm run test:reloads sets it to 100. */
const reloads = Number(process.env["FORKER_TEST_RELOADS"] ?? 4);
const halfMs = 700;
const waitMs = 20_000;

/** Counts its connections, and never sends anything. */
const open = new Set<net.Socket>();
const silent = net.createServer((socket) => {
  open.add(socket);
  socket
    .on("error", () => undefined)
    .on("close", () => open.delete(socket))
    .resume();
});
const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port;

before(async () => {
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
});
after(() => {
  for (const socket of open) socket.destroy();
  silent.close();
});

describe("connections that are open when the template forks", () => {
  test("end in each worker, whose clients connect again, and an error that only says so is one debug line", async () => {
    const env = { TEST_KEEPS_CONNECTION: String(portOf(silent)) };
    await using forker = await Forker.start({ workload: "jobs x3", env });
    const { engine } = await forker.ready();
    assert.equal(engine, "fork");
    await eventually(waitMs, "one connection of the template, and one of each worker", () => open.size === 4);
    const ignored = forker.log.filter(({ msg }) => msg === "ignored an error about an inherited connection");
    assert.deepEqual(
      ignored.map(({ level, cause }) => [level, cause]),
      Array.from({ length: 3 }, () => [20, "Connection terminated unexpectedly"]),
    );
    await forker.finished(await forker.add("quick"));
    assert.equal(await forker.drained(), 0);
    await eventually(waitMs, "no connection", () => open.size === 0);
  });

  test("are as many as in the beginning after reloads under load", async () => {
    const env = { TEST_KEEPS_CONNECTION: String(portOf(silent)), TEST_SHARES_CLIENT: "1" };
    await using forker = await Forker.start({ workload: "jobs x2", env });
    await forker.ready();
    const shared = async () => String(await forker.client.client("LIST")).split(" name=shared ").length - 1;
    const all = async () =>
      String(await forker.client.client("LIST"))
        .trim()
        .split("\n").length;
    // The test's own queue has a connection, too.
    await forker.finished(await forker.add("quick"));
    const count = async () => ({ kept: open.size, shared: await shared(), all: await all() });
    // To Redis: the test's client and queue, the keeper, and of each worker forker's two, the shared client and its own.
    const wanted = { kept: 3, shared: 2, all: 11 };
    await eventually(waitMs, "the first connections", async () => isDeepStrictEqual(await count(), wanted));
    const jobs: string[] = [];
    for (let generation = 2; generation <= reloads + 1; generation++) {
      for (let i = 0; i < 5; i++) jobs.push(await forker.add("quick"));
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(generation);
    }
    for (const id of jobs) await forker.finished(id);
    await eventually(waitMs, "as many as before", async () => isDeepStrictEqual(await count(), wanted)).catch(
      async () => assert.deepEqual(await count(), wanted),
    );
    assert.equal(await forker.drained(), 0);
  });

  test("to Redis are made in the template only if setup() awaits a reply", async () => {
    await using forker = await Forker.start({ workload: "jobs x2", env: { TEST_SETUP_ASKS_REDIS: "1" } });
    assert.equal((await forker.ready()).engine, "fork");
    assert.equal(await forker.queue("asked").getJobCountByTypes("waiting"), 1, "it was asked once, in the template");
    assert.equal(await forker.drained(), 0);
  });
});

describe("a request that is under way when setup() ends", () => {
  test("is answered in the template before it forks", async () => {
    const halves = http.createServer((_request, response) => {
      response.write("one half, ");
      setTimeout(() => response.end("the other half"), halfMs);
    });
    const slow = net.createServer((socket) => {
      socket.on("error", () => undefined).on("data", () => setTimeout(() => socket.write("answer"), halfMs));
    });
    for (const server of [halves, slow]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    try {
      const env = { TEST_REQUESTS: String(portOf(halves)), TEST_WRITES_TO: String(portOf(slow)) };
      await using forker = await Forker.start({ workload: "jobs x2", env });
      await forker.ready();
      const answers = forker.log.filter(({ msg }) => msg === "answered");
      assert.deepEqual(
        answers.map(({ text, byTemplate }) => [text, byTemplate]),
        [["one half, the other half", true]],
      );
      const messages = forker.log.map(({ msg }) => msg);
      assert.ok(messages.indexOf("answered") < messages.indexOf("forked workers"), "before the fork");
      assert.ok(!messages.includes("got no answer in time, forking without it"));
    } finally {
      halves.closeAllConnections();
      halves.close();
      slow.close();
    }
  });

  test("is waited for a while, and then not again", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_WRITES_TO: String(portOf(silent)) } });
    const status = await forker.ready();
    const vain = () => forker.log.filter(({ msg }) => msg === "got no answer in time, forking without it");
    assert.deepEqual(
      vain().map(({ level, what }) => [level, what]),
      [[40, `an answer on a TCP connection to 127.0.0.1:${portOf(silent)}`]],
    );
    const pidOf = (one: typeof status) => one.slots[0]?.workers[0]?.pid ?? 0;
    forker.pid1.signalInner(pidOf(status), "SIGKILL");
    await forker.until("another worker", (now) => now.ready && pidOf(now) !== pidOf(status));
    assert.equal(vain().length, 1);
  });
});
