import { createHash } from "node:crypto";
import http from "node:http";

const server = http.createServer().on("upgrade", (request, socket) => {
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(Buffer.from([0x81, 5, ...Buffer.from("hello")]));
  socket.once("data", (frame) => {
    const mask = frame.subarray(2, 6);
    console.log("the server got", `${Buffer.from(frame.subarray(6).map((byte, i) => byte ^ mask[i % 4]))}`);
    socket.end(Buffer.from([0x88, 2, 0x03, 0xe8]));
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
client.onmessage = (event) => {
  console.log("the client got", event.data);
  client.send("answer");
};
client.onclose = (event) => {
  console.log(event.code, event.wasClean);
  server.close();
};
