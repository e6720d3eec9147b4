const cluster = require("node:cluster");
const http = require("node:http");

if (cluster.isPrimary) {
  cluster.setupPrimary({ exec: __filename, execArgv: [] });
  const worker = cluster.fork();
  cluster.on("listening", (_, address) => {
    http.get({ port: address.port }, (response) => {
      response.on("data", (data) => console.log(`${data}`));
      response.on("end", () => worker.disconnect());
    });
  });
  cluster.on("exit", (one, code, signal) => console.log(one.id, code, signal, one.exitedAfterDisconnect));
} else {
  http
    .createServer((_, response) => response.setHeader("connection", "close").end("from the worker"))
    .listen(0, "127.0.0.1");
}
