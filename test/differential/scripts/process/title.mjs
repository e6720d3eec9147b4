import { readFileSync } from "node:fs";

console.log(process.title);
process.title = "another title";
console.log(process.title, readFileSync("/proc/self/cmdline", "utf8").split("\0")[0]);
