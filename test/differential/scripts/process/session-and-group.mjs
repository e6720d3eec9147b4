import { readFileSync } from "node:fs";

const own = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
const parent = readFileSync(`/proc/${process.ppid}/stat`, "utf8").split(") ")[1].split(" ");
console.log(own[2] === parent[2], own[3] === parent[3], own[16]);
