import { spawnSync } from "node:child_process";

console.log(spawnSync("grep", ["-E", "^Sig(Blk|Ign|Cgt|Pnd)", "/proc/self/status"], { encoding: "utf8" }).stdout);
