import { spawn } from "node:child_process";

const child = spawn("sh", ["-c", "echo to three >&3"], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
child.stdio[3].on("data", (data) => console.log(`${data}`));
