import net from "node:net";

const server = net
  .createServer((socket) => socket.end("found"))
  .listen(0, "127.0.0.1", () => {
    net.connect({ port: server.address().port, host: "localhost", autoSelectFamily: true }).on("data", (data) => {
      console.log(`${data}`);
      server.close();
    });
  });
