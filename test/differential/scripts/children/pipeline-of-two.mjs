import { spawn } from "node:child_process";

const first = spawn("printf", ["b\\na\\nc\\n"]);
const second = spawn("sort", { stdio: [first.stdout, "pipe", "inherit"] });
second.stdout.on("data", (data) => console.log(`${data}`));
