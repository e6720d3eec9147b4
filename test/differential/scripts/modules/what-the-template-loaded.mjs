import { createRequire } from "node:module";

const { Queue } = await import("bullmq");
const { default: Redis } = await import("ioredis");
const require = createRequire(import.meta.url);
console.log(typeof Queue, typeof Redis, Object.keys(require("pino").levels.values));
