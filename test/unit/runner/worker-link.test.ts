import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import type { RunnerLaunchConfig } from "../../../src/protocol/launch-config.ts";
import { dialWorker } from "../../../src/runner/worker-link.ts";

const handlers = { message: () => undefined, closed: () => undefined };

function launchFor(socketName: string): RunnerLaunchConfig {
  return { host: { socketName, secret: "a secret" }, runner: 1 } as RunnerLaunchConfig;
}

test("a worker that has ended gives no link", async () => {
  assert.equal(await dialWorker(launchFor(`forker-test-${process.pid}-nobody`), handlers), undefined);
});

test("a worker that ends before it has accepted the connection gives no link", async () => {
  const socketName = `forker-test-${process.pid}`;
  const server = net.createServer().listen(`\0${socketName}`);
  await once(server, "listening");
  const link = dialWorker(launchFor(socketName), handlers);
  // The connection is in the queue of the socket that this closes.
  server.close();
  assert.equal(await link, undefined);
});
