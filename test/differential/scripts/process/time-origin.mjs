import { readFileSync } from "node:fs";

const [, rest] = readFileSync("/proc/self/stat", "utf8").split(") ");
const booted = Date.now() / 1_000 - Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
const started = booted + Number(rest.split(" ")[19]) / 100;
// Both instants are exact to 10 ms. A busy machine takes long from the start of a process to that of Node.
console.log("since the process' start:", performance.timeOrigin / 1_000 > started - 0.05);
console.log(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1_000);
