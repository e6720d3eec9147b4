const { fork } = require("node:child_process");
const net = require("node:net");

if (process.send) {
  process.on("message", (_, socket) => {
    socket.end("from the child");
    process.disconnect();
  });
} else {
  const child = fork(__filename, [], { execArgv: [] });
  const server = net
    .createServer({ pauseOnConnect: true }, (socket) => child.send("take", socket))
    .listen(0, () => {
      let text = "";
      net
        .connect(server.address().port)
        .on("data", (data) => (text += data))
        .on("close", () => {
          console.log(text);
          server.close();
        });
    });
}
