// As much of Kafka's protocol as a producer needs: one broker, one topic with one partition. The offset that it returns is the number
// in the message. Neither Debian nor npm has a Kafka.
import { once } from "node:events";
import net from "node:net";

const produce = 0;
const metadata = 3;
const apiVersions = 18;
const topic = "notes";

/** `advertised`: the port that clients are sent to. */
export async function startKafka(port, advertised = port) {
  const server = net.createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const end = 4 + bytes.readInt32BE(0);
        const answer = answerTo(bytes.subarray(4, end), advertised);
        socket.write(Buffer.concat([int32(answer.length + 4), bytes.subarray(8, 12), answer]));
        bytes = bytes.subarray(end);
      }
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { env: { KAFKA_TCP: `127.0.0.1:${port}` }, close: async () => void server.close() };
}

function answerTo(request, port) {
  switch (request.readInt16BE(0)) {
    case apiVersions: {
      const versions = [
        [produce, 0, 2],
        [metadata, 0, 1],
        [apiVersions, 0, 2],
      ];
      return Buffer.concat([int16(0), array(versions.map((one) => Buffer.concat(one.map(int16)))), int32(0)]);
    }
    case metadata: {
      const broker = Buffer.concat([int32(0), text("127.0.0.1"), int32(port), int16(-1)]);
      const partition = Buffer.concat([int16(0), int32(0), int32(0), array([int32(0)]), array([int32(0)])]);
      const notes = Buffer.concat([int16(0), text(topic), Buffer.alloc(1), array([partition])]);
      return Buffer.concat([array([broker]), int32(0), array([notes])]);
    }
    case produce: {
      const offset = BigInt(/n=(\d+);/.exec(request.toString("latin1"))[1]);
      const partition = Buffer.concat([int32(0), int16(0), int64(offset), int64(-1n)]);
      return Buffer.concat([array([Buffer.concat([text(topic), array([partition])])]), int32(0)]);
    }
    default:
      throw new Error(`the substitute for Kafka knows no request ${request.readInt16BE(0)}`);
  }
}

function sized(size, write) {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return bytes;
}

const int16 = (value) => sized(2, (bytes) => bytes.writeInt16BE(value));
const int32 = (value) => sized(4, (bytes) => bytes.writeInt32BE(value));
const int64 = (value) => sized(8, (bytes) => bytes.writeBigInt64BE(value));
const text = (value) => Buffer.concat([int16(value.length), Buffer.from(value)]);
const array = (elements) => Buffer.concat([int32(elements.length), ...elements]);
