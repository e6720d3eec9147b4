const cluster = require("node:cluster");

if (cluster.isPrimary) {
  cluster.setupPrimary({ exec: __filename, execArgv: [] });
  cluster.fork();
  cluster.on("online", (worker) => worker.process.kill("SIGKILL"));
  cluster.on("exit", (worker, code, signal) => console.log(worker.id, code, signal, worker.exitedAfterDisconnect));
} else {
  setInterval(() => undefined, 1_000);
}
