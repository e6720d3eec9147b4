import { Worker } from "node:worker_threads";

new Worker(`setTimeout(() => { throw new Error("nobody listens") }, 1)`, { eval: true });
