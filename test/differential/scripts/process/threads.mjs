import { readdirSync, readFileSync } from "node:fs";

await new Promise((resolve) => setTimeout(resolve, 30));
const names = readdirSync("/proc/self/task").map((tid) => readFileSync(`/proc/self/task/${tid}/comm`, "utf8").trim());
console.log(names.sort());
