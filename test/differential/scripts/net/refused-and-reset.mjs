import net from "node:net";

const server = net
  .createServer((socket) => socket.resetAndDestroy())
  .listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    net.connect(port, "127.0.0.1").on("error", (error) => {
      console.log(error.code, error.syscall);
      server.close(() =>
        net.connect(port, "127.0.0.1").on("error", (refused) => console.log(refused.code, refused.syscall)),
      );
    });
  });
