import { Worker } from "node:worker_threads";

const source = `import { setTimeout } from "node:timers/promises"; await setTimeout(2);
import { parentPort, threadId } from "node:worker_threads"; parentPort.postMessage(typeof threadId);`;
const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
worker.on("message", (message) => console.log(message)).on("exit", (code) => console.log(code));
