import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { type TestContext, test } from "node:test";
import * as v from "valibot";
import { Channel, ChannelFault, dial } from "../../../src/protocol/channel.ts";
import { within } from "../../support/deadline.ts";

const schema = v.object({ kind: v.literal("count"), value: v.number() });
type Count = v.InferOutput<typeof schema>;

interface Pair {
  readonly raw: net.Socket;
  readonly received: Count[];
  readonly closed: Promise<Error | undefined>;
  readonly channel: Channel<Count, Count>;
}

let serial = 0;

/** A raw socket on one side, so that a test can send what no channel would. */
async function pair(context: TestContext, head = ""): Promise<Pair> {
  const name = `bullmq-forker-test/${process.pid}/${serial++}`;
  const server = net.createServer();
  server.listen({ path: `\0${name}` });
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[net.Socket]>;
  const raw = await dial(name);
  const [socket] = await accepted;
  const received: Count[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  const channel = new Channel<Count, Count>(
    socket,
    { message: (one) => received.push(one), closed: resolve },
    schema,
    head,
  );
  context.after(() => {
    raw.destroy();
    channel.abandon();
    server.close();
  });
  return { raw, received, closed, channel };
}

const line = (value: number) => `${JSON.stringify({ kind: "count", value })}\n`;

test("messages arrive whole and in order, however their bytes are cut", async (context) => {
  const { raw, received, closed } = await pair(context);
  const bytes = Buffer.from(line(1) + line(2) + line(3));
  for (const byte of bytes) raw.write(Buffer.from([byte]));
  raw.end();
  assert.equal(await closed, undefined);
  assert.deepEqual(
    received.map((one) => one.value),
    [1, 2, 3],
  );
});

test("bytes that came before the channel took the socket over are not lost", async (context) => {
  const { raw, received, closed } = await pair(context, `${line(1)}{"kind":"cou`);
  raw.end(`nt","value":2}\n${line(3)}`);
  await closed;
  assert.deepEqual(
    received.map((one) => one.value),
    [1, 2, 3],
  );
});

for (const [what, text] of [
  ["no JSON", "hello\n"],
  ["JSON of another shape", '{"kind":"count","value":"three"}\n'],
  ["a line without an end", "x".repeat(5 * 1024 * 1024)],
] as const) {
  test(`${what} closes the channel with its cause, and nothing after it is taken`, async (context) => {
    const { raw, received, closed } = await pair(context);
    raw.on("error", () => undefined);
    raw.write(text + line(9));
    const cause = await closed;
    assert.ok(cause instanceof Error);
    assert.deepEqual(received, []);
  });
}

test("a peer that does not stop is closed as a flood, and is read in small parts until then", async (context) => {
  const { raw, received, closed } = await pair(context);
  raw.on("error", () => undefined);
  let before = 0;
  let mostInATurn = 0;
  const watch = () => {
    mostInATurn = Math.max(mostInATurn, received.length - before);
    before = received.length;
    watching = setImmediate(watch);
  };
  let watching = setImmediate(watch);
  for (let value = 0; value < 200_000; value++) raw.write(line(value));
  const cause = await within(30_000, () => `the flood to end; ${received.length} came`, closed);
  clearImmediate(watching);
  assert.ok(cause instanceof ChannelFault, String(cause));
  assert.ok(received.length >= 45_000, `${received.length} messages are no flood`);
  // One part right after the read, and one in the same turn of the event loop.
  assert.ok(mostInATurn <= 200, `${mostInATurn} in one turn`);
  assert.deepEqual(
    received.map((one) => one.value),
    received.map((_, value) => value),
  );
});

test("many messages and an end are all taken, in their order", async (context) => {
  const { raw, received, closed } = await pair(context);
  for (let value = 0; value < 1_000; value++) raw.write(line(value));
  raw.end();
  assert.equal(await closed, undefined);
  assert.equal(received.length, 1_000);
});

test("messages that were sent before the end arrive before EOF", async (context) => {
  const { raw, channel } = await pair(context);
  let text = "";
  raw.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  for (let value = 0; value < 1_000; value++) channel.send({ kind: "count", value });
  channel.end();
  await once(raw, "end");
  assert.equal(text.split("\n").length, 1_001);
});

test("sending to a peer that has gone does nothing", async (context) => {
  const { raw, channel, closed } = await pair(context);
  raw.destroy();
  await closed;
  channel.send({ kind: "count", value: 1 });
  assert.equal(channel.isClosed, true);
});

test("the last messages of a dead peer are read, even though nothing can be sent to it", async (context) => {
  const name = `bullmq-forker-test/${process.pid}/${serial++}`;
  const server = net.createServer({ pauseOnConnect: true }).listen({ path: `\0${name}` });
  context.after(() => server.close());
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[net.Socket]>;
  const peer = await dial(name);
  peer.write(line(1) + line(2));
  const [socket] = await accepted;
  peer.destroy();
  await once(peer, "close");
  const received: Count[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  socket.once("data", (bytes: Buffer) => {
    const handlers = { message: (one: Count) => received.push(one), closed: resolve };
    new Channel<Count, Count>(socket, handlers, schema, String(bytes)).send({ kind: "count", value: 3 });
  });
  socket.resume();
  assert.match(String(await closed), /EPIPE/);
  assert.deepEqual(received, [
    { kind: "count", value: 1 },
    { kind: "count", value: 2 },
  ]);
});

test("what is sent is made to fit, and what cannot be a message closes the channel with its cause", async (context) => {
  const name = `bullmq-forker-test/${process.pid}/${serial++}`;
  const { promise: read, resolve: received } = Promise.withResolvers<string>();
  const server = net.createServer((peer) => peer.once("data", (bytes: Buffer) => received(String(bytes))));
  server.listen({ path: `\0${name}` });
  context.after(() => server.close());
  await once(server, "listening");
  const fitting = v.object({
    text: v.pipe(
      v.string(),
      v.transform((text) => text.slice(0, 3)),
    ),
  });
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  const handlers = { message: () => undefined, closed: resolve };
  const socket = await dial(name);
  const channel = new Channel<unknown, { text: string }>(socket, handlers, undefined, "", fitting);
  channel.send({ text: "long enough" });
  assert.equal(await read, '{"text":"lon"}\n');
  channel.send({ text: 3 as unknown as string });
  assert.ok((await closed) instanceof ChannelFault);
});

test("a message that is too long is not sent, and the channel closes with its cause", async (context) => {
  const { channel, closed } = await pair(context);
  channel.send({ kind: "count", value: 1, more: "x".repeat(5 * 1024 * 1024) } as Count);
  assert.match(String(await closed), /cannot send a message of \d+ characters: expected at most \d+/);
});

test("the owner of a channel can end a faulty peer before its next write fails: the socket closes after the report", async (context) => {
  const name = `bullmq-forker-test/${process.pid}/${serial++}`;
  const server = net.createServer().listen({ path: `\0${name}` });
  context.after(() => server.close());
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[net.Socket]>;
  const raw = await dial(name);
  raw.on("error", () => undefined);
  context.after(() => raw.destroy());
  const [socket] = await accepted;
  const { promise: wasClosed, resolve } = Promise.withResolvers<boolean>();
  const channel = new Channel<Count, Count>(
    socket,
    { message: () => undefined, closed: () => resolve(socket.destroyed) },
    schema,
  );
  raw.write("no message\n");
  assert.equal(await wasClosed, false);
  assert.equal(channel.isClosed, true);
  assert.equal(socket.destroyed, true);
});
