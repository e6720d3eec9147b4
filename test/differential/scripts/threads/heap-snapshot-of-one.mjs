// not on 24.0.0: the snapshot of a thread never arrives
import { once } from "node:events";
import { Worker } from "node:worker_threads";

const worker = new Worker(`require("node:worker_threads").parentPort.on("message", () => process.exit(0))`, {
  eval: true,
});
await once(worker, "online");
let size = 0;
for await (const chunk of await worker.getHeapSnapshot()) size += chunk.length;
console.log(size > 100_000);
worker.postMessage("end");
