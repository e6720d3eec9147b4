import { spawn } from "node:child_process";

const child = spawn("sh", ["-c", "read line; echo got $line; echo to stderr >&2; exit 3"]);
child.stdout.on("data", (data) => console.log("out", `${data}`));
child.stderr.on("data", (data) => console.log("err", `${data}`));
child.stdin.end("a line\n");
child.on("close", (code, signal) => console.log("close", code, signal));
