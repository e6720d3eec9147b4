import { spawn } from "node:child_process";

for (const signal of ["SIGTERM", "SIGKILL", "SIGINT", "SIGHUP"]) {
  const child = spawn("sleep", ["30"]);
  child.kill(signal);
  console.log(await new Promise((resolve) => child.on("exit", (code, name) => resolve([code, name]))));
}
