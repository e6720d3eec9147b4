import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { openControlSocket } from "../../../src/admin/control-socket.ts";
import { within } from "../../support/deadline.ts";

const timeoutMs = 50;
const hello = `${JSON.stringify({ kind: "hello", token: "a token", pid: process.pid })}\n`;

/** Says its line when the second of the shared words is set, while the thread of the test stands still. */
const client = `
const { parentPort, workerData } = require("node:worker_threads");
const socket = require("node:net").connect({ path: workerData.path }, () => {
  parentPort.postMessage("connected");
  Atomics.wait(workerData.words, 1, 0);
  require("node:fs").writeSync(socket._handle.fd, workerData.line);
  Atomics.store(workerData.words, 0, 1);
  Atomics.notify(workerData.words, 0);
});`;

interface Heard {
  readonly name: string;
  readonly verdict: Promise<string>;
}

async function listen(): Promise<Heard & AsyncDisposable> {
  const name = `forker-test/${randomUUID()}`;
  const { promise: verdict, resolve } = Promise.withResolvers<string>();
  const handlers = {
    hello: (token: string) => {
      resolve(`hello from ${token}`);
      return true;
    },
    ask: () => Promise.resolve(undefined),
    awaitDrain: () => {},
    awaitLeaving: () => {},
    refused: (_peer: unknown, why: string) => resolve(why),
  };
  const server = await openControlSocket(name, handlers, {
    shares: { silent: 10, asking: 10 },
    isOurs: () => false,
    timeoutMs,
  });
  return { name, verdict, [Symbol.asyncDispose]: async () => void server.close() };
}

describe("a peer that connects to the control socket", () => {
  test("is refused if it sends nothing in time", async () => {
    await using heard = await listen();
    const socket = net.connect({ path: `\0${heard.name}` });
    assert.equal(await within(10_000, () => "a verdict", heard.verdict), "sent nothing in time");
    await once(socket, "close");
  });

  test("is heard if it has sent in time, even though init stood still for longer", async () => {
    await using heard = await listen();
    const words = new Int32Array(new SharedArrayBuffer(8));
    const workerData = { path: `\0${heard.name}`, line: hello, words };
    const thread = new Worker(client, { eval: true, workerData });
    await once(thread, "message");
    // The connection is accepted, and its time runs.
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    Atomics.wait(words, 0, 0, 10_000);
    standStill(2 * timeoutMs);
    assert.equal(await within(10_000, () => "a verdict", heard.verdict), "hello from a token");
    await thread.terminate();
  });
});

function standStill(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
