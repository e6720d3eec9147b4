import { spawn, spawnSync } from "node:child_process";

spawn("no-such-command").on("error", (error) => console.log(error.code, error.syscall, error.path, error.errno));
console.log(spawnSync("no-such-command").error.code);
