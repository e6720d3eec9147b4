import { spawn } from "node:child_process";

const codes = await Promise.all(
  Array.from({ length: 30 }, (_, i) => {
    const child = spawn("sh", ["-c", `exit ${i}`]);
    return new Promise((resolve) => child.on("close", resolve));
  }),
);
console.log(codes);
