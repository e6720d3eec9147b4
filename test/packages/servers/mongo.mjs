// As much of MongoDB's wire protocol (OP_MSG) as a driver needs to connect and get a document echoed. Debian has no MongoDB.
import { once } from "node:events";
import net from "node:net";
import { deserialize, Long, serialize } from "bson";

const OP_QUERY = 2004;
const OP_REPLY = 1;
const OP_MSG = 2013;
const headerBytes = 16;

const hello = {
  ok: 1,
  ismaster: true,
  isWritablePrimary: true,
  helloOk: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
};

export async function startMongo(port) {
  const server = net.createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= bytes.readInt32LE(0)) {
        const length = bytes.readInt32LE(0);
        socket.write(answer(bytes.subarray(0, length)));
        bytes = bytes.subarray(length);
      }
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { env: { MONGO_URL: `mongodb://127.0.0.1:${port}/forker` }, close: async () => void server.close() };
}

function answer(message) {
  const request = message.readInt32LE(4);
  if (message.readInt32LE(12) === OP_QUERY) {
    // responseFlags, cursorID, startingFrom, numberReturned
    const prefix = Buffer.alloc(20);
    prefix.writeInt32LE(1, 16);
    return frame(OP_REPLY, request, Buffer.concat([prefix, serialize(hello)]));
  }
  // Flags, and a section of kind 0, the command.
  const command = deserialize(message.subarray(headerBytes + 5));
  return frame(OP_MSG, request, Buffer.concat([Buffer.alloc(5), serialize(resultOf(command))]));
}

function resultOf(command) {
  if ("hello" in command || "ismaster" in command) return hello;
  const collection = command.find;
  if (collection === undefined) return { ok: 1 };
  const cursor = { id: Long.ZERO, ns: `forker.${collection}`, firstBatch: [{ _id: 1, ...command.filter }] };
  return { ok: 1, cursor };
}

function frame(operation, request, body) {
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(headerBytes + body.length, 0);
  header.writeInt32LE(request, 8);
  header.writeInt32LE(operation, 12);
  return Buffer.concat([header, body]);
}
