import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

writeFileSync("a.mjs", "export const a = 1;");
writeFileSync("b.mjs", "import { b } from './a.mjs';");
await import(pathToFileURL("b.mjs").href);
