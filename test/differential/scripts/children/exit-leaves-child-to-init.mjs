import { spawn } from "node:child_process";

spawn("sh", ["-c", "echo started"], { stdio: ["ignore", "inherit", "ignore"] }).on("exit", () => {
  spawn("true", { detached: true, stdio: "ignore" }).unref();
  process.exit(3);
});
