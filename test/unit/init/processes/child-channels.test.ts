import assert from "node:assert/strict";
import net from "node:net";
import { describe, test } from "node:test";
import { ChildChannels } from "../../../../src/init/processes/child-channels.ts";
import { Children } from "../../../../src/init/processes/children.ts";
import type { Event } from "../../../../src/init/state/event.ts";

const uid = process.geteuid?.() ?? 0;
const peer = { pid: process.pid, uid };
const lines = (...messages: readonly object[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join("");
const failure = { code: "ERR_FORKER_FORK", message: "fork: EAGAIN" };

function setUp() {
  const events: Event[] = [];
  const push = (event: Event) => {
    events.push(event);
  };
  const children = new Children(push, () => undefined);
  const channels = new ChildChannels({
    children,
    push,
    welcome: () => assert.fail("no worker"),
    channelFailed: (_name, _process, cause) => assert.fail(cause),
  });
  return { events, children, channels };
}

test("what a keeper sends in one piece with its hello is taken after the hello", () => {
  const { events, children, channels } = setUp();
  const { token } = children.expectKeeper(1);
  children.keeperSpawned(1, process.pid);
  const socket = new net.Socket();
  assert.ok(channels.hello(token, peer, socket, lines({ kind: "alive" })));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["keeperLaunched", "keeperReady", "keeperAlive"],
  );
  socket.destroy();
});

/** Template 1 is this process and was ordered to fork worker 3; template 2 was ordered to fork worker 4. */
function said(...messages: readonly object[]): Event[] {
  const { events, children, channels } = setUp();
  const { token } = children.expectTemplate(1);
  children.templateSpawned(1, process.pid);
  children.expectTemplate(2);
  children.expectWorker({ id: 3, uid, template: 1 });
  children.expectWorker({ id: 4, uid, template: 2 });
  const socket = new net.Socket();
  assert.ok(channels.hello(token, peer, socket, lines(...messages)));
  socket.destroy();
  return events.filter(({ kind }) => kind !== "templateLaunched");
}

describe("a template", () => {
  test("that has loaded runs as the user that the kernel names", () => {
    const workload = [{ queues: ["mail"], concurrency: 2 }];
    const options = { timeLimits: [], queueOptions: [], hearsEnds: false };
    const [event] = said({ kind: "loaded", workload, ...options, engine: "fork", loadMs: 5 });
    assert.equal(event?.kind, "templateLoaded");
    assert.deepEqual(event.loaded.user, { uid, gid: process.getegid?.() });
    assert.deepEqual(event.loaded.specs, workload);
  });

  test("names no process of forker's as a worker, nor a worker that another was asked for", () => {
    const workers = [3, 4, 5].map((worker) => ({ worker, pid: process.pid }));
    assert.deepEqual(said({ kind: "forked", workers }), [
      {
        kind: "forkClaimRefused",
        template: 1,
        claimed: 3,
        pid: process.pid,
        why: "the pid belongs to another process of forker",
      },
      {
        kind: "forkClaimRefused",
        template: 1,
        claimed: 4,
        pid: process.pid,
        why: "the template was not asked for this worker",
      },
    ]);
  });

  test("fails only workers that it was asked for", () => {
    assert.deepEqual(said({ kind: "forkFailed", workers: [3, 4, 5], failure, broken: true }), [
      { kind: "workerNotLaunched", worker: 3, why: "fork: EAGAIN" },
      { kind: "templateBroken", template: 1, why: "fork: EAGAIN" },
    ]);
  });
});
