import { spawnSync } from "node:child_process";

const words = [
  "-e",
  "console.log(process.argv.length, process.ppid === Number(process.env.PARENT)); process.exitCode = 5",
];
const { status, stdout, stderr } = spawnSync(process.execPath, words, {
  encoding: "utf8",
  env: { PARENT: `${process.pid}` },
});
console.log(status, stdout, stderr);
