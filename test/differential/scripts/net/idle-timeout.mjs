import net from "node:net";

const server = net
  .createServer((socket) => {
    socket.setTimeout(10).on("timeout", () => {
      console.log("timed out");
      socket.destroy();
    });
  })
  .listen(0, "127.0.0.1", () =>
    net
      .connect(server.address().port, "127.0.0.1")
      .on("close", () => server.close())
      .resume(),
  );
