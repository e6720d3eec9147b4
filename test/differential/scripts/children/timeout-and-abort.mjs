import { execFile, spawnSync } from "node:child_process";

console.log(spawnSync("sleep", ["30"], { timeout: 20 }).error.code);
const controller = new AbortController();
execFile("sleep", ["30"], { signal: controller.signal }, (error) => console.log(error.name, error.code));
controller.abort();
