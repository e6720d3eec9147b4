// Sends every datagram back, and shows over HTTP, on the same port, which metrics it has received.
import dgram from "node:dgram";
import { once } from "node:events";
import http from "node:http";

export async function startStatsd(port) {
  const received = new Set();
  const socket = dgram.createSocket("udp4");
  socket.on("message", (bytes, { port: from, address }) => {
    for (const line of String(bytes).split("\n")) received.add(line.split(":")[0]);
    socket.send(bytes, from, address);
  });
  socket.bind(port, "127.0.0.1");
  const server = http.createServer((request, response) => {
    response.end(received.has(request.url.slice(1)) ? "received" : "not yet");
  });
  server.listen(port, "127.0.0.1");
  await Promise.all([once(socket, "listening"), once(server, "listening")]);
  return {
    env: { STATSD_UDP: `127.0.0.1:${port}` },
    close: async () => {
      socket.close();
      server.close();
    },
  };
}
