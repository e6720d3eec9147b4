import net from "node:net";

const server = net
  .createServer((socket) => socket.end("over a file"))
  .listen("socket", () => {
    net
      .connect("socket")
      .on("data", (data) => console.log(`${data}`))
      .on("close", () => server.close());
  });
