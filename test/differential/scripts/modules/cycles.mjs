import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

writeFileSync("a.mjs", "import { b } from './b.mjs'; export let a = 'a'; export const seen = b;");
writeFileSync("b.mjs", "import * as other from './a.mjs'; export const b = () => other.a;");
console.log((await import(pathToFileURL("a.mjs").href)).seen());
