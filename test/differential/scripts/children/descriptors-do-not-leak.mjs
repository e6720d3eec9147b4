import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("sh", ["-c", "ls /proc/$$/fd"], { encoding: "utf8" });
console.log(
  stdout
    .trim()
    .split("\n")
    .filter((fd) => Number(fd) < 10),
);
