import { spawnSync } from "node:child_process";

console.log("before");
spawnSync("sh", ["-c", "echo out of the child; echo its error >&2"], { stdio: "inherit" });
console.log("after");
