import { spawnSync } from "node:child_process";

process.env.OF_THE_TEST = "set here";
delete process.env.HOME;
console.log(spawnSync("sh", ["-c", "echo $OF_THE_TEST; echo home:$HOME"], { encoding: "utf8" }).stdout);
console.log(spawnSync("pwd", { cwd: "/usr", encoding: "utf8", env: {} }).stdout);
