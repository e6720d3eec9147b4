import { Worker } from "node:worker_threads";

const worker = new Worker(
  `require("node:worker_threads").parentPort.postMessage({ hello: [1, 2, 3] }); process.exitCode = 7`,
  {
    eval: true,
  },
);
worker.on("message", (message) => console.log(message));
console.log(await new Promise((resolve) => worker.once("exit", resolve)));
