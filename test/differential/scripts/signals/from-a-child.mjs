import { spawn } from "node:child_process";

const keepAlive = setInterval(() => undefined, 1_000);
process.once("SIGUSR2", (signal) => {
  console.log(signal);
  clearInterval(keepAlive);
});
spawn("sh", ["-c", "kill -USR2 $PPID"]);
