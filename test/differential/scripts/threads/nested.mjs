import { Worker } from "node:worker_threads";

const inner = `require("node:worker_threads").parentPort.postMessage(process.pid === require("fs").readlinkSync("/proc/self") * 1)`;
const outer = `const { Worker, parentPort } = require("node:worker_threads");
new Worker(${JSON.stringify(inner)}, { eval: true }).on("message", (m) => parentPort.postMessage(m));`;
new Worker(outer, { eval: true }).on("message", (message) => console.log("the thread's pid is the process'", message));
