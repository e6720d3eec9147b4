// A template as its init sees it, with this test in init's place.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { packageVersion } from "../../src/entry/package-version.ts";
import { Channel } from "../../src/protocol/channel.ts";
import type { TemplateLaunchConfig } from "../../src/protocol/launch-config.ts";
import { launchFd, launchVariable, sendLaunchConfig } from "../../src/protocol/launch-pipe.ts";
import type { InitToTemplate, TemplateMessage } from "../../src/protocol/messages.ts";
import { within } from "../support/deadline.ts";
import { FixtureAddon } from "../support/fixture-addon.ts";
import { startOptions } from "../support/start-options.ts";
import { defaultSettings } from "../support/worker-harness.ts";

const entrypoint = path.join(import.meta.dirname, "../../dist/entrypoint.mjs");
const apps = path.join(import.meta.dirname, "../fixtures/apps");

type Template = Channel<TemplateMessage, InitToTemplate>;

/** The template's messages up to its end. `answer` says what init does at each. */
async function saidUntilEnd(
  template: net.Socket,
  answer: (message: TemplateMessage, channel: Template) => Promise<void> | void,
): Promise<TemplateMessage[]> {
  const said: TemplateMessage[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<TemplateMessage[]>();
  const channel: Template = new Channel<TemplateMessage, InitToTemplate>(template, {
    message(message) {
      said.push(message);
      Promise.resolve(answer(message, channel)).catch(reject);
    },
    closed: () => resolve(said),
  });
  return await within(120_000, () => `its end; it said ${JSON.stringify(said)}`, promise);
}

const order = (worker: number) => ({ worker, token: randomUUID(), options: startOptions() });

function startTemplate(socketName: string, app: string, given: Readonly<Record<string, string>>): ChildProcess {
  const launch: TemplateLaunchConfig = {
    role: "template",
    isReplacement: false,
    socketName,
    token: randomUUID(),
    initPid: process.pid,
    version: packageVersion(),
    hasBoard: false,
    generation: 1,
    settings: {
      ...defaultSettings,
      appPath: path.join(apps, app),
      engine: "fork",
      user: { user: "root", group: undefined },
      logLevel: "error",
    },
  };
  const env = { ...process.env, ...given, [launchVariable]: String(launchFd) };
  const child = spawn(process.execPath, [entrypoint], { env, stdio: ["ignore", "inherit", "inherit", "pipe"] });
  sendLaunchConfig(child, launch);
  return child;
}

/** Runs one template. Its workers cannot connect to init, and end. Resolves when it has exited with code 0. */
async function runTemplate(
  answer: Parameters<typeof saidUntilEnd>[1],
  app = "plain-workers.mjs",
  env: Readonly<Record<string, string>> = {},
): Promise<TemplateMessage[]> {
  const socketName = `forker-test/${randomUUID()}`;
  const server = net.createServer().listen({ path: `\0${socketName}` });
  await once(server, "listening");
  const child = startTemplate(socketName, app, env);
  const ended = once(child, "exit");
  try {
    const [template] = (await once(server, "connection")) as [net.Socket];
    server.on("connection", (worker) => worker.destroy());
    const said = await saidUntilEnd(template, answer);
    assert.deepEqual(await ended, [0, null]);
    return said;
  } finally {
    child.kill("SIGKILL");
    server.close();
  }
}

function forkedBy(said: readonly TemplateMessage[]): number[] {
  return said.flatMap((message) => (message.kind === "forked" ? message.workers.map(({ worker }) => worker) : []));
}

test("a template that is ordered to retire first forks the workers that were ordered before", async () => {
  const said = await runTemplate((message, channel) => {
    if (message.kind !== "loaded") return;
    // Both in one write.
    channel.send({ kind: "fork", workers: [order(7)] });
    channel.send({ kind: "retire" });
  });
  assert.deepEqual(forkedBy(said), [7]);
});

test("a fork that does not begin in time does not break its template, which forks again", async () => {
  using addon = new FixtureAddon("atfork", process.execPath);
  const folder = await mkdtemp(path.join(tmpdir(), "forker-test-"));
  const gate = path.join(folder, "gate");
  const env = { TEST_ADDON: addon.file, TEST_GATE: gate };
  try {
    const said = await runTemplate(
      async (message, channel) => {
        if (message.kind === "loaded") {
          await writeFile(gate, "");
          channel.send({ kind: "fork", workers: [order(7)] });
        }
        if (message.kind === "forkFailed") {
          await rm(gate);
          channel.send({ kind: "fork", workers: [order(8)] });
          channel.send({ kind: "retire" });
        }
      },
      "late-forks.cjs",
      env,
    );
    const failed = said.find((message) => message.kind === "forkFailed");
    assert.deepEqual([failed?.workers, failed?.broken], [[7], false]);
    assert.match(String(failed?.failure.message), /^fork: ETIMEDOUT: a process did not begin in time/);
    assert.deepEqual(forkedBy(said), [8]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
