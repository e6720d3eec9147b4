import { readFileSync } from "node:fs";
import tls from "node:tls";

const pem = readFileSync(new URL("./localhost.pem", import.meta.url));
const server = tls.createServer(
  {
    key: pem,
    cert: pem,
    SNICallback: (name, done) => done(console.log("asked for", name), tls.createSecureContext({ key: pem, cert: pem })),
  },
  (socket) => socket.end("hi"),
);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const connect = (session) =>
  new Promise((resolve) => {
    let saved;
    const socket = tls.connect({
      port: server.address().port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: pem,
      session,
    });
    socket.on("session", (one) => (saved = one));
    socket
      .on("close", () => resolve(saved))
      .on("secureConnect", () => console.log(socket.isSessionReused()))
      .resume();
  });
await connect(await connect());
server.close();
