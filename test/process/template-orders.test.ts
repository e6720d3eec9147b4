// A template as its init sees it, with this test in init's place.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { packageVersion } from "../../src/entry/package-version.ts";
import { Channel } from "../../src/protocol/channel.ts";
import type { TemplateLaunchConfig } from "../../src/protocol/launch-config.ts";
import { launchFd, launchVariable, sendLaunchConfig } from "../../src/protocol/launch-pipe.ts";
import type { InitToTemplate, TemplateMessage } from "../../src/protocol/messages.ts";
import { within } from "../support/deadline.ts";
import { startOptions } from "../support/start-options.ts";
import { defaultSettings } from "../support/worker-harness.ts";

const entrypoint = path.join(import.meta.dirname, "../../dist/entrypoint.mjs");
const app = path.join(import.meta.dirname, "../fixtures/apps/plain-workers.mjs");

/** The template's messages up to its end. It gets the orders to fork one worker and to retire in one write. */
async function orderAndRetire(template: net.Socket): Promise<TemplateMessage[]> {
  const said: TemplateMessage[] = [];
  const { promise, resolve } = Promise.withResolvers<TemplateMessage[]>();
  const order = { worker: 7, token: randomUUID(), options: startOptions() };
  const channel = new Channel<TemplateMessage, InitToTemplate>(template, {
    message: (message) => {
      said.push(message);
      if (message.kind !== "loaded") return;
      channel.send({ kind: "fork", workers: [order] });
      channel.send({ kind: "retire" });
    },
    closed: () => resolve(said),
  });
  return await within(60_000, () => `its end; it said ${JSON.stringify(said)}`, promise);
}

function startTemplate(socketName: string): ChildProcess {
  const launch: TemplateLaunchConfig = {
    role: "template",
    socketName,
    token: randomUUID(),
    initPid: process.pid,
    version: packageVersion(),
    hasBoard: false,
    generation: 1,
    settings: {
      ...defaultSettings,
      appPath: app,
      engine: "fork",
      user: { user: "root", group: undefined },
      logLevel: "error",
    },
  };
  const env = { ...process.env, [launchVariable]: String(launchFd) };
  const child = spawn(process.execPath, [entrypoint], { env, stdio: ["ignore", "inherit", "inherit", "pipe"] });
  sendLaunchConfig(child, launch);
  return child;
}

test("a template that is ordered to retire first forks the workers that were ordered before", async () => {
  const socketName = `forker-test/${randomUUID()}`;
  const server = net.createServer().listen({ path: `\0${socketName}` });
  await once(server, "listening");
  const child = startTemplate(socketName);
  const ended = once(child, "exit");
  const [template] = (await once(server, "connection")) as [net.Socket];
  // The worker cannot connect to init, and ends.
  server.on("connection", (worker) => worker.destroy());
  const said = await orderAndRetire(template);
  assert.deepEqual(await ended, [0, null]);
  server.close();
  const forked = said.find((message) => message.kind === "forked");
  assert.deepEqual(
    forked?.workers.map(({ worker }) => worker),
    [7],
  );
});
