import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

writeFileSync("late.mjs", "export const value = 42; export default import.meta.url.endsWith('late.mjs'); await 0;");
writeFileSync("late.cjs", "exports.value = 43; exports.main = require.main === undefined;");
const load = (name) => import(pathToFileURL(name).href);
console.log(
  await load("late.mjs"),
  (await load("late.cjs")).value,
  (await load("late.mjs")) === (await load("late.mjs")),
);
