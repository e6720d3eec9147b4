import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const child = spawn("sleep", ["30"], { detached: true, stdio: "ignore" });
const [, , group, session] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
console.log(Number(group) === child.pid, Number(session) === child.pid);
process.kill(-child.pid, "SIGTERM");
child.on("exit", (code, signal) => console.log(code, signal));
