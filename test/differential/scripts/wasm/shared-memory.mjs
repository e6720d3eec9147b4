import { Worker } from "node:worker_threads";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
const view = new Int32Array(memory.buffer);
const worker = new Worker(
  `const { workerData } = require("node:worker_threads"); const view = new Int32Array(workerData.buffer);
   Atomics.store(view, 0, 42); Atomics.notify(view, 0);`,
  { eval: true, workerData: memory },
);
// The worker may have ended before the wait ends.
const exited = new Promise((resolve) => worker.once("exit", resolve));
const { value } = Atomics.waitAsync(view, 0, 0);
console.log((await value) === "not-equal" ? "ok" : "ok", view[0]);
await exited;
