// stderr: ^Debugger listening
import { url } from "node:inspector";

process.debugPort = 0;
process.kill(process.pid, "SIGUSR1");
const end = Date.now() + 5_000;
while (url() === undefined && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
console.log(url() === undefined ? "closed" : "open");
process.exit();
