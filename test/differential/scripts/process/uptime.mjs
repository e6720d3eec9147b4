import { readFileSync } from "node:fs";

const [, rest] = readFileSync("/proc/self/stat", "utf8").split(") ");
const age = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) - Number(rest.split(" ")[19]) / 100;
console.log("as old as the process:", Math.abs(process.uptime() - age) < 0.25 + 0.2 * age);
