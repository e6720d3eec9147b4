import { readFileSync } from "node:fs";

console.log(readFileSync("/proc/self/status", "utf8").match(/^SigCgt.*$/m)[0]);
