import { readFileSync, readlinkSync } from "node:fs";

const status = readFileSync("/proc/self/status", "utf8");
console.log(
  process.pid === Number(readlinkSync("/proc/self")),
  process.ppid === Number(/^PPid:\s*(\d+)/m.exec(status)[1]),
);
console.log(Object.getOwnPropertyDescriptor(process, "pid").enumerable, typeof process.pid);
