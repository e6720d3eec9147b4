import { once } from "node:events";
import { Worker } from "node:worker_threads";

const worker = new Worker(`require("node:worker_threads").parentPort.postMessage(0); for (;;);`, { eval: true });
await once(worker, "message");
console.log(await worker.terminate());
