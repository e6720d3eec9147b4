import { readFileSync } from "node:fs";

const [, rest] = readFileSync("/proc/self/stat", "utf8").split(") ");
const booted = Date.now() / 1_000 - Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
const started = booted + Number(rest.split(" ")[19]) / 100;
console.log("since the process' start:", Math.abs(performance.timeOrigin / 1_000 - started) < 0.15);
console.log(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1_000);
