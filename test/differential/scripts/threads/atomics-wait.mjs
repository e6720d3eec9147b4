import { Worker } from "node:worker_threads";

const view = new Int32Array(new SharedArrayBuffer(8));
const worker = new Worker(
  `const view = require("node:worker_threads").workerData; Atomics.store(view, 0, 1); Atomics.notify(view, 0);`,
  { eval: true, workerData: view },
);
Atomics.wait(view, 0, 0);
console.log(view[0]);
worker.on("exit", (code) => console.log(code));
