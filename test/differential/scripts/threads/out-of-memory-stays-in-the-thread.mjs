import { Worker } from "node:worker_threads";

const worker = new Worker(`const kept = []; for (;;) kept.push(new Array(10000).fill(0));`, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 20, maxYoungGenerationSizeMb: 2 },
});
worker.on("error", (error) => console.log(error.code, error.message));
worker.on("exit", (code) => console.log("exit", code));
