import { readFileSync } from "node:fs";

const uptime = process.uptime();
const [, rest] = readFileSync("/proc/self/stat", "utf8").split(") ");
const age = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) - Number(rest.split(" ")[19]) / 100;
// Both ends of the age are exact to 10 ms. A busy machine takes long from the start of a process to that of Node.
console.log("as old as the process, or younger:", uptime < age + 0.05);
console.log("it has begun:", uptime > 0);
