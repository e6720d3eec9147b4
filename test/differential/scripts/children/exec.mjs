import { exec } from "node:child_process";
import { promisify } from "node:util";

console.log(await promisify(exec)("echo out; echo err >&2"));
await promisify(exec)("exit 4").catch((error) => console.log(error.code, error.killed, error.signal, error.cmd));
