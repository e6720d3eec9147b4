import { Worker } from "node:worker_threads";

const source = `const { parentPort, workerData } = require("node:worker_threads");
let sum = 0; for (let i = 0; i < 200000; i++) sum = (sum * 31 + i + workerData) | 0; parentPort.postMessage(sum);`;
const sums = await Promise.all(
  Array.from({ length: 6 }, (_, i) => {
    const worker = new Worker(source, { eval: true, workerData: i });
    return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  }),
);
console.log(sums);
