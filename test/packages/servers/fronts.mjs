// Other ways to a server that listens on a TCP port: TLS in front of it, and a unix socket.
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";

export async function startTlsFront(port, to, certificate) {
  return await start(
    tls.createServer(certificate, (socket) => join(socket, to)),
    { port, host: "127.0.0.1" },
  );
}

export async function startUnixFront(file, to) {
  return await start(
    net.createServer((socket) => join(socket, to)),
    { path: file },
  );
}

async function start(server, place) {
  server.listen(place);
  await once(server, "listening");
  return { env: {}, close: async () => void server.close() };
}

function join(socket, to) {
  const behind = net.connect(to, "127.0.0.1");
  socket.pipe(behind).pipe(socket);
  socket.on("error", () => behind.destroy()).on("close", () => behind.destroy());
  behind.on("error", () => socket.destroy()).on("close", () => socket.destroy());
}
