import { spawnSync } from "node:child_process";

let got = 0;
process.on("SIGUSR2", () => got++);
spawnSync("sh", ["-c", "kill -USR2 $PPID"]);
console.log(got);
while (got === 0) await new Promise((resolve) => setTimeout(resolve, 1));
console.log(got);
process.removeAllListeners("SIGUSR2");
