import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Link } from "../../../../src/init/processes/link.ts";
import type { ExitStatus } from "../../../../src/init/state/event.ts";
import type { Channel } from "../../../../src/protocol/channel.ts";

/** The members of a channel that a link uses. */
function fakeChannel() {
  const sent: string[] = [];
  const state = { isClosed: false };
  const channel = {
    get isClosed() {
      return state.isClosed;
    },
    send: (message: string) => sent.push(message),
    abandon: () => {
      state.isClosed = true;
    },
  };
  return { sent, state, channel: channel as unknown as Channel<unknown, string> };
}

test("orders given before the child has dialled reach it after its welcome, in order", () => {
  const link = new Link<string>(() => undefined);
  link.send("suspend");
  link.send("drain");
  const { channel, sent } = fakeChannel();
  link.attach(channel, "welcome");
  link.send("stop");
  assert.deepEqual(sent, ["welcome", "suspend", "drain", "stop"]);
});

test("an exit is reported only after the child's last messages have been read", () => {
  const ended: ExitStatus[] = [];
  const link = new Link<string>((status) => ended.push(status));
  const { channel, state } = fakeChannel();
  link.attach(channel);
  link.exited({ exitCode: 0 });
  assert.deepEqual(ended, []);
  state.isClosed = true;
  link.channelClosed();
  assert.deepEqual(ended, [{ exitCode: 0 }]);
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

test("the exit of a child that never dialled is reported soon, and once", async () => {
  const ended: ExitStatus[] = [];
  const link = new Link<string>((status) => ended.push(status));
  link.exited({ signal: "SIGKILL" });
  link.exited({ exitCode: 0 });
  await turns(5);
  assert.deepEqual(ended, [{ signal: "SIGKILL" }]);
});

test("a child that had dialled before it died is heard, even if its connection is accepted after its end", async () => {
  const ended: ExitStatus[] = [];
  const link = new Link<string>((status) => ended.push(status));
  link.exited({ exitCode: 70 });
  const { channel, state } = fakeChannel();
  await turns(2);
  link.attach(channel);
  await turns(5);
  assert.deepEqual(ended, [], "its words are still to come");
  state.isClosed = true;
  link.channelClosed();
  assert.deepEqual(ended, [{ exitCode: 70 }]);
});

test("messages that never end do not hold the exit back for ever", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const ended: ExitStatus[] = [];
  const link = new Link<string>((status) => ended.push(status));
  link.attach(fakeChannel().channel);
  link.exited({ exitCode: 1 });
  context.mock.timers.tick(1_000);
  assert.deepEqual(ended, [{ exitCode: 1 }]);
});

test("every child has a token of its own, of 128 bits", () => {
  const tokens = new Set(Array.from({ length: 100 }, () => new Link(() => undefined).token));
  assert.equal(tokens.size, 100);
  for (const token of tokens) assert.match(token, /^[0-9a-f]{32}$/);
});
