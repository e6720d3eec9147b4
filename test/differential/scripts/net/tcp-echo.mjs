import net from "node:net";

const server = net
  .createServer((socket) => socket.pipe(socket))
  .listen(0, "127.0.0.1", () => {
    const socket = net.connect(server.address().port, "127.0.0.1", () => socket.end("hello ".repeat(1_000)));
    let length = 0;
    socket
      .on("data", (data) => (length += data.length))
      .on("close", (hadError) => {
        console.log(length, hadError, socket.bytesRead, socket.bytesWritten);
        server.close(() => console.log("closed"));
      });
  });
