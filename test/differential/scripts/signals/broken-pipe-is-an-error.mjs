import { spawn } from "node:child_process";

const child = spawn("true");
child.on("exit", () => child.stdin.write("x".repeat(100_000)));
child.stdin.on("error", (error) => console.log(error.code));
