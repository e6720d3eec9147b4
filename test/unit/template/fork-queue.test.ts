import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { describe, type TestContext, test } from "node:test";
import { pino } from "pino";
import type { Channel } from "../../../src/protocol/channel.ts";
import type { TemplateLaunchConfig } from "../../../src/protocol/launch-config.ts";
import type { ForkOrder, InitToTemplate, TemplateMessage } from "../../../src/protocol/messages.ts";
import { ForkQueue } from "../../../src/template/fork-queue.ts";
import { startOptions } from "../../support/start-options.ts";
import { defaultSettings } from "../../support/worker-harness.ts";

type TemplateChannel = Channel<InitToTemplate, TemplateMessage>;

const launch: TemplateLaunchConfig = {
  role: "template",
  isReplacement: false,
  socketName: "forker-test/nobody",
  token: randomUUID(),
  initPid: process.pid,
  version: "0.0.0",
  hasBoard: false,
  generation: 1,
  settings: { ...defaultSettings, engine: "fork", forkCheck: "error" },
};

const order = (worker: number): ForkOrder => ({ worker, token: randomUUID(), options: startOptions() });

function startQueue() {
  const sent: TemplateMessage[] = [];
  const channel = {
    socket: new net.Socket(),
    send: (message: TemplateMessage) => sent.push(message),
    abandon: () => assert.fail("nothing is forked here"),
  } as unknown as TemplateChannel;
  const queue = new ForkQueue(launch, {}, channel, pino({ level: "silent" }), () => assert.fail("this is no worker"));
  return { queue, sent };
}

/** Like a timer of the application that connects after the template was checked. */
async function listen(context: TestContext): Promise<void> {
  const server = net.createServer().listen(0, "127.0.0.1");
  context.after(() => server.close());
  await once(server, "listening");
}

function failureIn(message: TemplateMessage | undefined) {
  return message?.kind === "forkFailed" ? message : assert.fail(JSON.stringify(message));
}

describe("the fork queue", () => {
  test("forks nothing from a template that has opened a socket, and reports all its orders in one failure", async (context) => {
    await listen(context);
    const { queue, sent } = startQueue();
    queue.add([order(0), order(1)]);
    queue.add([order(2)]);
    await queue.idle();
    assert.equal(sent.length, 1, JSON.stringify(sent));
    const { workers, broken, failure } = failureIn(sent[0]);
    assert.deepEqual([workers, broken, failure.code], [[0, 1, 2], true, "ERR_FORKER_FORK"]);
    assert.match(failure.message, /^the template opened .*127\.0\.0\.1:\d+.* after the fork check: /);
  });

  test("takes orders again after a failure", async (context) => {
    await listen(context);
    const { queue, sent } = startQueue();
    for (const worker of [0, 1]) {
      queue.add([order(worker)]);
      await queue.idle();
    }
    assert.deepEqual(
      sent.map((message) => failureIn(message).workers),
      [[0], [1]],
    );
  });

  test("is idle without an order, for every caller that waits", async (context) => {
    await listen(context);
    const { queue, sent } = startQueue();
    await queue.idle();
    queue.add([order(0)]);
    await Promise.all([queue.idle(), queue.idle()]);
    assert.equal(sent.length, 1);
  });
});
