import { execFileSync, spawn } from "node:child_process";

console.log(execFileSync("seq", ["200000"], { maxBuffer: 1e8 }).length);
let length = 0;
spawn("seq", ["300000"])
  .stdout.on("data", (data) => (length += data.length))
  .on("end", () => console.log(length));
