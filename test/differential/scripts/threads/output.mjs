import { once } from "node:events";
import { Worker } from "node:worker_threads";

const worker = new Worker(`console.log("out of the thread"); console.error("and its errors")`, { eval: true });
await once(worker, "exit");
console.log("after");
