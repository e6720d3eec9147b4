import { writeSync } from "node:fs";

for (let i = 0; i < 100; i++) {
  console.log("console", i);
  writeSync(1, `descriptor ${i}\n`);
  process.stdout.write(`stream ${i}\n`);
}
