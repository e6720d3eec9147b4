import { spawnSync } from "node:child_process";

const { status, signal, stdout, stderr } = spawnSync("sh", ["-c", "cat; kill -TERM $$"], {
  input: "given",
  encoding: "utf8",
});
console.log(status, signal, stdout, stderr);
