import { writeFileSync } from "node:fs";
import { run } from "node:test";

writeFileSync(
  "one.test.mjs",
  `import test from "node:test"; test("good", () => {}); test("bad", () => { throw new Error("x") });`,
);
const results = [];
for await (const { type, data } of run({ files: ["one.test.mjs"], isolation: "process" }))
  if (/^test:(pass|fail)$/.test(type)) results.push(`${type} ${data.name.split("/").at(-1)}`);
console.log(results);
process.exitCode = 0;
