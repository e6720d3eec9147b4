import { once } from "node:events";
import { BroadcastChannel, Worker } from "node:worker_threads";

const channel = new BroadcastChannel("differential");
const heard = new Promise((resolve) => (channel.onmessage = (event) => resolve(event.data)));
const worker = new Worker(
  `const { BroadcastChannel } = require("node:worker_threads");
   const c = new BroadcastChannel("differential"); c.postMessage("from the thread"); c.close();`,
  { eval: true },
);
const exited = once(worker, "exit");
console.log(await heard);
channel.close();
await exited;
