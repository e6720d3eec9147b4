import { once } from "node:events";
import { Worker } from "node:worker_threads";

const worker = new Worker(`require("node:worker_threads").parentPort.postMessage(0); setInterval(() => 0, 1000)`, {
  eval: true,
});
await once(worker, "message");
process.on("exit", (code) => console.log("exit", code));
process.exit(9);
