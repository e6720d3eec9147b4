import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("cat", { stdio: [0, "pipe", "inherit"], encoding: "utf8" });
console.log(stdout);
