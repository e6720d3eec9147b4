import { execFileSync, execSync } from "node:child_process";

console.log(execSync("echo one", { encoding: "utf8" }), execFileSync("echo", ["two"], { encoding: "utf8" }));
try {
  execSync("echo failing >&2; exit 9", { stdio: "pipe" });
} catch (error) {
  console.log(error.status, `${error.stderr}`);
}
