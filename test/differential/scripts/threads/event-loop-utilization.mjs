import { once } from "node:events";
import { Worker } from "node:worker_threads";

const worker = new Worker(`require("node:worker_threads").parentPort.once("message", () => 0)`, { eval: true });
await once(worker, "online");
console.log(Object.keys(worker.performance.eventLoopUtilization()));
worker.postMessage("end");
await once(worker, "exit");
