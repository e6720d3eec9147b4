import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

mkdirSync("node_modules/thing", { recursive: true });
const exports = { ".": { import: "./i.mjs", require: "./r.cjs" }, "./sub": "./s.mjs" };
writeFileSync(
  "node_modules/thing/package.json",
  JSON.stringify({ name: "thing", exports, imports: { "#own": "./s.mjs" } }),
);
writeFileSync("node_modules/thing/i.mjs", "import own from '#own'; export default ['import', own];");
writeFileSync("node_modules/thing/r.cjs", "module.exports = 'require';");
writeFileSync("node_modules/thing/s.mjs", "export default 'sub';");
writeFileSync("entry.mjs", "export { default as a } from 'thing'; export { default as b } from 'thing/sub';");
const require = createRequire(path.resolve("x.cjs"));
console.log(await import(path.resolve("entry.mjs")), require("thing"));
try {
  require("thing/none");
} catch (error) {
  console.log(error.code);
}
